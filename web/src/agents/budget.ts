// How far a run may go and how far it has gone, and the same as people type it.
import { amountOf, usd } from "../admin/amount";
import { ApiError } from "../api/problem";
import type { AgentBudget, Run, RunStep } from "../api/schema";
import { t } from "../i18n";
import { isOver } from "./timeline";

export const PARTS = ["steps", "toolCalls", "tokens", "seconds", "costMicroUsd"] as const;
export type Part = (typeof PARTS)[number];

/** What a run has where its agent says nothing, and the most it may be given. Money is limited by the payer alone. */
export const USUAL: Readonly<Record<Part, number | null>> = { steps: 50, toolCalls: 100, tokens: 1_000_000, seconds: 1_800, costMicroUsd: null };
export const MOST: Readonly<Record<Part, number>> = { steps: 100, toolCalls: 200, tokens: 10_000_000, seconds: 1_800, costMicroUsd: 1_000_000_000 };

export type Written = Readonly<Record<Part, string>>;

export const writtenOf = (budget: AgentBudget): Written =>
  Object.fromEntries(PARTS.map((part) => [part, part === "costMicroUsd" ? usd(budget[part]) : String(budget[part] ?? "")])) as Record<Part, string>;

/** A field that is empty limits nothing; one that is no number is refused by its name. */
export function budgetOf(written: Written): AgentBudget {
  const budget: AgentBudget = {};
  for (const part of PARTS) {
    const text = written[part].trim();
    if (!text) continue;
    if (part === "costMicroUsd") {
      budget[part] = amountOf(`budget/${part}`, text);
      continue;
    }
    if (!/^\d{1,12}$/.test(text)) throw new ApiError(t("agents.badNumber"), 422, { fields: [{ pointer: `/budget/${part}`, detail: t("agents.badNumber") }] });
    budget[part] = Number(text);
  }
  return budget;
}

/** How long its steps took: moments in which several ran count once, and those in which it waited for people not at all. */
export function workedMs(steps: readonly RunStep[], now: number): number {
  let until = 0;
  let sum = 0;
  const spans = steps.flatMap(({ startedAt, endedAt }) => (startedAt ? [[Date.parse(startedAt), endedAt ? Date.parse(endedAt) : now] as const] : []));
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}

export interface Gauge {
  part: Part;
  used: number;
  /** `null`: not limited. */
  most: number | null;
}

export function gaugesOf({ definition: { budget }, usage, steps, summary }: Run, now: number): Gauge[] {
  const used: Record<Part, number> = {
    steps: usage.steps,
    toolCalls: usage.toolCalls,
    tokens: usage.inputTokens + usage.outputTokens,
    seconds: Math.floor(workedMs(steps, isOver(summary) ? Date.parse(summary.updatedAt) : now) / 1000),
    costMicroUsd: usage.costMicroUsd,
  };
  return PARTS.map((part) => ({ part, used: used[part], most: budget[part] ?? USUAL[part] }));
}
