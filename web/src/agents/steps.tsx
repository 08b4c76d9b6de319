// The steps of a run on a line of time: what was asked, what came of it, how long it took and what it cost.
import { type ReactNode, useState } from "react";
import { Markdown } from "../chat/markdown";
import { stateOfCall, textOf, toolNameOf } from "../chat/tools";
import { money, number, t, time } from "../i18n";
import { ChevronIcon } from "../icons";
import { type Chapter, durationMs, type Line, type Note } from "./timeline";
import { duration, phaseOf, statusOf } from "./words";

export function Steps({ chapters, now }: { chapters: readonly Chapter[]; now: number }) {
  const keys = chapters.flatMap(({ lines }) => lines.filter(({ step }) => step.kind === "model").map(({ step }) => step.key));
  const numberOf = (key: string) => keys.indexOf(key) + 1;
  return (
    <ol className="chapters" data-testid="steps">
      {chapters.map(({ phase, state, lines }) => (
        <li key={phase} data-state={state} aria-current={state === "current" ? "step" : undefined}>
          <h3>
            {phaseOf(phase)} <small className={chapters.length > 1 ? undefined : "sr-only"}>{t(`runs.chapter.${state}`)}</small>
          </h3>
          {lines.length > 0 && (
            <ol className="lines">
              {lines.map((line) => (
                <Step key={line.step.key} line={line} number={numberOf(line.step.key)} now={now} />
              ))}
            </ol>
          )}
        </li>
      ))}
    </ol>
  );
}

function Step({ line: { step, notes, spent }, number: at, now }: { line: Line; number: number; now: number }) {
  const { kind, status, attempts, text, call } = step;
  // A run may have hundreds of steps: what nobody opens is not drawn.
  const [open, setOpen] = useState(false);
  const took = durationMs(step, now);
  const state = call && status !== "waiting" && status !== "queued" ? stateOfCall(call.state) : statusOf(status);
  const facts = [
    took === null ? "" : duration(took),
    spent ? t("runs.tokens", { input: number(spent.inputTokens), output: number(spent.outputTokens) }) : "",
    spent?.priced ? money(spent.costMicroUsd) : "",
    attempts > 1 ? t("runs.attempts", { count: attempts }) : "",
  ].filter(Boolean);
  return (
    <li data-testid="step" data-key={step.key} data-status={status}>
      <details className="tool" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="step-name">{kind === "model" ? t("runs.question", { number: at }) : toolNameOf(call?.toolName ?? step.key)}</span>
          <span className="tool-state">{[state, ...facts].join(" · ")}</span>
          <ChevronIcon />
        </summary>
        {open && (kind === "model" ? <Said text={text ?? ""} status={status} /> : call && <Call call={call} />)}
      </details>
      {notes.map((note) => (
        <p key={note.seq} className="step-note" data-kind={note.kind}>
          {noteOf(note)}
        </p>
      ))}
    </li>
  );
}

function Said({ text, status }: { text: string; status: string }) {
  if (text.trim()) {
    return (
      <div className="md step-text">
        <Markdown text={text} partial={false} />
      </div>
    );
  }
  return <p className="step-text">{status === "completed" ? t("runs.onlyCalls") : t("runs.nothingYet")}</p>;
}

function Call({ call: { input, output, errorText } }: { call: NonNullable<Line["step"]["call"]> }): ReactNode {
  const result = output ?? errorText;
  return (
    <>
      <h4 className="tool-label">{t("chat.tool.input")}</h4>
      <pre tabIndex={0}>{textOf(input)}</pre>
      {result !== undefined && result !== null && (
        <>
          <h4 className="tool-label">{t("chat.tool.output")}</h4>
          <pre tabIndex={0}>{textOf(result)}</pre>
        </>
      )}
    </>
  );
}

function noteOf(note: Note): string {
  if (note.kind === "lost") return t("runs.lost", { attempt: note.attempt });
  if (note.kind === "failed") {
    const failed = t("runs.failed", { attempt: note.attempt, error: note.error });
    return note.againAt ? `${failed} ${t("runs.againAt", { time: time(note.againAt) })}` : failed;
  }
  if (note.approved) return t("runs.allowed");
  return note.reason ? t("runs.deniedWhy", { reason: note.reason }) : t("runs.denied");
}
