// The shortcuts of the page: which keys do what, as they are or as somebody has set them for this browser.
import type { Key } from "../i18n";
import { keep, storage } from "../storage";

export type Shortcut = "new" | "palette" | "sidebar" | "focus" | "copyAnswer" | "copyCode" | "delete" | "settings" | "agents" | "model" | "allow" | "deny" | "help" | "stop";

export interface Combo {
  /** `KeyboardEvent.code`, which is the same on every keyboard layout. */
  code: string;
  command?: boolean;
  shift?: boolean;
  alt?: boolean;
}

export const SHORTCUTS: Record<Shortcut, Combo & { label: Key }> = {
  new: { code: "KeyO", command: true, shift: true, label: "shortcut.new" },
  palette: { code: "KeyK", command: true, label: "shortcut.palette" },
  sidebar: { code: "KeyS", command: true, shift: true, label: "shortcut.sidebar" },
  focus: { code: "Escape", shift: true, label: "shortcut.focus" },
  model: { code: "KeyM", command: true, shift: true, label: "shortcut.model" },
  copyAnswer: { code: "KeyC", command: true, shift: true, label: "shortcut.copyAnswer" },
  copyCode: { code: "Semicolon", command: true, shift: true, label: "shortcut.copyCode" },
  stop: { code: "Escape", label: "shortcut.stop" },
  allow: { code: "Enter", command: true, alt: true, label: "shortcut.allow" },
  deny: { code: "Backspace", command: true, alt: true, label: "shortcut.deny" },
  delete: { code: "Backspace", command: true, shift: true, label: "shortcut.delete" },
  settings: { code: "Period", command: true, label: "shortcut.settings" },
  agents: { code: "KeyE", command: true, shift: true, label: "shortcut.agents" },
  help: { code: "Slash", command: true, label: "shortcut.help" },
};
export const NAMES = Object.keys(SHORTCUTS) as Shortcut[];

const SETTING = "edgewise.shortcuts";
type Own = Partial<Record<Shortcut, Combo>>;

function read(): Own {
  try {
    const own = JSON.parse(storage.getItem(SETTING) ?? "{}") as Record<string, Combo>;
    return Object.fromEntries(Object.entries(own).filter(([name, combo]) => name in SHORTCUTS && typeof combo?.code === "string"));
  } catch {
    return {};
  }
}
let own = read();
if (typeof addEventListener === "function") {
  addEventListener("storage", ({ key }) => {
    if (key === SETTING || key === null) own = read();
  });
}

export const comboOf = (name: Shortcut): Combo => own[name] ?? SHORTCUTS[name];
export const isOwn = (name: Shortcut): boolean => own[name] !== undefined;

const same = (a: Combo, b: Combo): boolean =>
  a.code === b.code && (a.command ?? false) === (b.command ?? false) && (a.shift ?? false) === (b.shift ?? false) && (a.alt ?? false) === (b.alt ?? false);

/** What else has these keys. */
export const takenBy = (combo: Combo, name: Shortcut): Shortcut | null => NAMES.find((other) => other !== name && same(comboOf(other), combo)) ?? null;

/** Sets the keys of a shortcut; `null` gives it back those that it had. */
export function setShortcut(name: Shortcut, combo: Combo | null): void {
  const { [name]: _, ...others } = own;
  own = combo && !same(combo, SHORTCUTS[name]) ? { ...others, [name]: combo } : others;
  keep(SETTING, Object.keys(own).length ? JSON.stringify(own) : null);
}

export type Pressed = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const MODIFIERS = /^(Control|Shift|Alt|Meta|OS)(Left|Right)?$/;

/** The keys as a shortcut, once they are one: what writes a letter is none. */
export function comboOfKeys({ code, ctrlKey, metaKey, shiftKey, altKey }: Pressed): Combo | null {
  const command = ctrlKey || metaKey;
  if (!code || MODIFIERS.test(code) || !(command || altKey || /^F\d{1,2}$/.test(code))) return null;
  return { code, ...(command ? { command } : {}), ...(shiftKey ? { shift: true } : {}), ...(altKey ? { alt: true } : {}) };
}

const WORDS: Record<string, string> = {
  Escape: "Esc", Period: ".", Comma: ",", Slash: "/", Semicolon: ";", Quote: "'", Minus: "-", Equal: "=", Backquote: "`", Backslash: "\\", BracketLeft: "[", BracketRight: "]",
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
};
const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys as this machine writes them. */
export function written({ code, command, shift, alt }: Combo, mac = isMac): string {
  const key = WORDS[code] ?? code.replace(/^(Key|Digit)/, "");
  const modifiers = [command ? (mac ? "⌘" : "Ctrl+") : "", shift ? (mac ? "⇧" : "Shift+") : "", alt ? (mac ? "⌥" : "Alt+") : ""];
  return modifiers.join("") + key;
}

export const keysOf = (name: Shortcut, mac = isMac): string => written(comboOf(name), mac);

/** What was asked for by these keys, if anything. */
export function shortcutOf({ code, ctrlKey, metaKey, shiftKey, altKey }: Pressed): Shortcut | null {
  const pressed = { code, command: ctrlKey || metaKey, shift: shiftKey, alt: altKey };
  return NAMES.find((name) => same(comboOf(name), pressed)) ?? null;
}
