// The shortcuts of this browser: press other keys for what is to be done by them.
import { type KeyboardEvent, useReducer, useState } from "react";
import { comboOfKeys, isOwn, keysOf, NAMES, setShortcut, type Shortcut, SHORTCUTS, takenBy, written } from "../chat/shortcuts";
import { t } from "../i18n";
import { Button, Panel } from "../ui";

/** Esc stops what is under way, everywhere. */
const CHANGEABLE = NAMES.filter((name) => name !== "stop");

export function Shortcuts() {
  const [listening, setListening] = useState<Shortcut | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // What is set is kept outside of this page.
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const stop = () => {
    setListening(null);
    setProblem(null);
  };
  const set = (name: Shortcut, combo: Parameters<typeof setShortcut>[1]) => {
    setShortcut(name, combo);
    redraw();
    stop();
  };
  const onKeyDown = (name: Shortcut) => (event: KeyboardEvent) => {
    if (listening !== name || event.key === "Tab") return;
    // Not for the page, whatever the keys mean there.
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      stop();
      return;
    }
    const combo = comboOfKeys(event);
    if (!combo) return;
    const taken = takenBy(combo, name);
    if (taken) setProblem(t("shortcut.taken", { keys: written(combo), name: t(SHORTCUTS[taken].label) }));
    else set(name, combo);
  };
  return (
    <Panel title={t("shortcut.title")} text={t("shortcut.text")}>
      <ul className="shortcut-list" data-testid="shortcut-list">
        {CHANGEABLE.map((name) => {
          const label = t(SHORTCUTS[name].label);
          return (
            <li key={name} className="row">
              <span>{label}</span>
              <span className="actions">
                {isOwn(name) && (
                  <Button size="small" kind="quiet" aria-label={`${t("shortcut.reset")}: ${label}`} onClick={() => set(name, null)}>
                    {t("shortcut.reset")}
                  </Button>
                )}
                <Button
                  size="small"
                  aria-label={`${label}: ${listening === name ? t("shortcut.press") : keysOf(name)}`}
                  aria-pressed={listening === name}
                  onClick={() => {
                    setProblem(null);
                    setListening(listening === name ? null : name);
                  }}
                  onBlur={stop}
                  onKeyDown={onKeyDown(name)}
                >
                  {listening === name ? t("shortcut.press") : <kbd>{keysOf(name)}</kbd>}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
      <p role="status" className={problem ? "form-error" : "sr-only"}>
        {problem}
      </p>
    </Panel>
  );
}
