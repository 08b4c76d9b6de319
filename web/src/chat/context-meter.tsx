// How full the model's context is: a ring in the message box, with the figures behind it.
import { number, t } from "../i18n";
import { Meter, Popover } from "../ui";
import { useModels } from "./models";
import type { Row } from "./rows";

/** The tokens that the newest answer has read and written: what the next one has before it, beside the new question. */
export function contextOf(rows: readonly Row[]): number | null {
  const usage = rows.findLast((row) => row.role === "assistant" && row.usage !== null)?.usage;
  return usage ? usage.inputTokens + usage.outputTokens : null;
}

/** From here on the ring is shown as a warning. */
const HIGH = 0.8;

export function ContextMeter({ rows, model }: { rows: readonly Row[]; model: string | null }) {
  const { list } = useModels();
  const max = list?.models.find(({ name }) => name === (model ?? list.defaultModel))?.abilities.contextTokens ?? null;
  const used = contextOf(rows);
  if (!max || used === null) return null;
  const share = Math.min(used / max, 1);
  const percent = number(share, { style: "percent" });
  const text = t("context.text", { used: number(used), max: number(max) });
  return (
    <Popover
      label={t("context.title")}
      side="top"
      align="end"
      className="context-card"
      trigger={
        <button type="button" className="icon-button context-button" data-testid="context-meter" data-level={share >= HIGH ? "high" : "low"} aria-label={t("context.button", { percent })} title={t("context.button", { percent })}>
          <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
            <circle className="context-track" cx="12" cy="12" r="8" />
            <circle className="context-used" cx="12" cy="12" r="8" pathLength={100} strokeDasharray={`${Math.max(1, share * 100)} 100`} transform="rotate(-90 12 12)" />
          </svg>
        </button>
      }
    >
      <Meter label={t("context.title")} value={used} max={max} text={percent} />
      <p>{text}</p>
      <p>{t("context.hint")}</p>
    </Popover>
  );
}
