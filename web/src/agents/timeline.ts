// A run as it is shown: its steps by the phase they belong to, with what its journal and the ledger tell of each.
import type { LedgerEntry, NumberedRunEvent, Run, RunStep } from "../api/schema";

/** What the journal tells of a step beside how it stands now. */
export type Note =
  | { kind: "failed"; seq: number; attempt: number; error: string; againAt: string | null }
  /** The process died in the middle: nobody knows what came of it. */
  | { kind: "lost"; seq: number; attempt: number }
  | { kind: "decided"; seq: number; approved: boolean; reason: string | null };

export interface Spent {
  inputTokens: number;
  outputTokens: number;
  costMicroUsd: number;
  /** `false`: the model's price is not known. */
  priced: boolean;
}

export interface Line {
  step: RunStep;
  notes: readonly Note[];
  /** `null`: the ledger does not know it yet, or it costs nothing. */
  spent: Spent | null;
}

export interface Chapter {
  phase: string;
  state: "todo" | "current" | "done" | "stopped";
  lines: readonly Line[];
}

const PHASES: Record<string, readonly string[]> = {
  loop: ["answer"],
  research: ["initialize", "research", "analyze", "execute", "summarize"],
};

const OVER = new Set(["completed", "failed", "cancelled"]);
export const isOver = ({ status }: { status: string }): boolean => OVER.has(status);

/** Which step somebody is asked about under that name: a call has another one when nobody knows whether it was made. */
export function stepOfApproval(name: string, events: readonly NumberedRunEvent[]): string {
  const lost = events.find(({ event }) => event.type === "step.lost" && event.approval === name)?.event;
  return lost?.type === "step.lost" ? lost.key : name;
}

/** What the journal tells, by the key of the step. */
export function notesOf(events: readonly NumberedRunEvent[]): ReadonlyMap<string, readonly Note[]> {
  const notes = new Map<string, Note[]>();
  const add = (key: string, note: Note) => notes.set(key, [...(notes.get(key) ?? []), note]);
  for (const { seq, event } of events) {
    if (event.type === "step.failed") add(event.key, { kind: "failed", seq, attempt: event.attempt, error: event.error, againAt: event.againAt ?? null });
    else if (event.type === "step.lost") add(event.key, { kind: "lost", seq, attempt: event.attempt });
    else if (event.type === "approval.decided") add(stepOfApproval(event.toolCallId, events), { kind: "decided", seq, approved: event.approved, reason: event.reason ?? null });
  }
  return notes;
}

/** What each step has cost, all its attempts together: the ledger names them `run/step/attempt`. */
export function spendingOf(entries: readonly LedgerEntry[], runId: string): ReadonlyMap<string, Spent> {
  const spending = new Map<string, Spent>();
  for (const { id, inputTokens, outputTokens, costMicroUsd, priced } of entries) {
    if (!id.startsWith(`${runId}/`)) continue;
    const key = id.slice(runId.length + 1, id.lastIndexOf("/"));
    const before = spending.get(key);
    spending.set(key, {
      inputTokens: inputTokens + (before?.inputTokens ?? 0),
      outputTokens: outputTokens + (before?.outputTokens ?? 0),
      costMicroUsd: costMicroUsd + (before?.costMicroUsd ?? 0),
      priced: priced && (before?.priced ?? true),
    });
  }
  return spending;
}

/** At which phase a run is: the one after the last that was finished, by an answer that called nothing. */
function phaseAt({ steps }: Run, phases: readonly string[]): number {
  const last = steps.at(-1);
  const at = Math.max(0, phases.indexOf(last?.phase ?? ""));
  return last?.kind === "model" && last.status === "completed" ? Math.min(at + 1, phases.length - 1) : at;
}

/** The phases in their order, also those that are still to come. */
export function chaptersOf(run: Run, events: readonly NumberedRunEvent[], spending: ReadonlyMap<string, Spent>): Chapter[] {
  const known = PHASES[run.definition.workflow] ?? [];
  const phases = [...new Set([...known, ...run.steps.map(({ phase }) => phase)])];
  const now = phaseAt(run, phases);
  const notes = notesOf(events);
  return phases.map((phase, at): Chapter => ({
    phase,
    state: at < now || run.summary.status === "completed" ? "done" : at > now ? "todo" : isOver(run.summary) ? "stopped" : "current",
    lines: run.steps.filter((step) => step.phase === phase).map((step) => ({ step, notes: notes.get(step.key) ?? [], spent: spending.get(step.key) ?? null })),
  }));
}

/** How far a run has come, from 0 to 1; `null` when nobody can know. */
export function progressOf(run: Run): number | null {
  if (run.summary.status === "completed") return 1;
  const phases = PHASES[run.definition.workflow] ?? [];
  if (phases.length < 2) return null;
  return phaseAt(run, phases) / phases.length;
}

/** How long a step took, or takes so far; `null` before it has begun. */
export function durationMs({ startedAt, endedAt, call }: RunStep, now: number): number | null {
  if (call?.durationMs !== undefined && call.durationMs !== null) return call.durationMs;
  return startedAt ? Math.max(0, (endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt)) : null;
}
