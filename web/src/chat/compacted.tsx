// A quiet line where the model reads a summary in the place of what is above; people read all of it as before.
import { useState } from "react";
import { number, t } from "../i18n";
import { ChevronIcon } from "../icons";
import type { Compaction } from "./log";
import { Markdown } from "./markdown";

export function Compacted({ of: { summary, tokensBefore, tokensAfter } }: { of: Compaction }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="reasoning compacted" data-testid="compacted" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary title={t("context.shorter", { before: number(tokensBefore), after: number(tokensAfter) })}>
        <span>{t("context.compacted")}</span>
        <ChevronIcon />
      </summary>
      {open && (
        <div className="md">
          <Markdown text={summary} partial={false} />
        </div>
      )}
    </details>
  );
}
