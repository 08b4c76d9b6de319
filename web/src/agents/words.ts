// How runs are spoken of: their states, their times, and why one has ended.
import type { RunReason, RunStatus, StepStatus, Workflow } from "../api/schema";
import { type Key, money, number, t } from "../i18n";
import type { Part } from "./budget";

export const TONES = { queued: "plain", running: "accent", waiting: "accent", completed: "good", failed: "bad", cancelled: "plain" } as const;

export const statusOf = (status: RunStatus | StepStatus): string => t(`runs.status.${status}`);
export const workflowOf = (workflow: Workflow): string => t(`agents.workflow.${workflow}`);

const PHASES: Record<string, Key> = {
  answer: "runs.phase.answer",
  initialize: "runs.phase.initialize",
  research: "runs.phase.research",
  analyze: "runs.phase.analyze",
  execute: "runs.phase.execute",
  summarize: "runs.phase.summarize",
};
/** One that a newer server knows keeps its own name. */
export const phaseOf = (phase: string): string => (PHASES[phase] ? t(PHASES[phase]) : phase);

const WHY: Record<RunReason, Key> = {
  done: "runs.why.done",
  cancelled: "runs.why.cancelled",
  "over-steps": "runs.why.overSteps",
  "over-tool-calls": "runs.why.overToolCalls",
  "over-tokens": "runs.why.overTokens",
  "over-cost": "runs.why.overCost",
  overtime: "runs.why.overtime",
  "no-money": "runs.why.noMoney",
  "nobody-decided": "runs.why.nobodyDecided",
  "model-refused": "runs.why.modelRefused",
  "step-failed": "runs.why.stepFailed",
};
/** Why it has ended, and what can be done about it. */
export const whyOf = (reason: RunReason | null | undefined): string | null => (reason && WHY[reason] ? t(WHY[reason]) : null);

const unit = (value: number, name: "millisecond" | "second" | "minute", digits = 0): string =>
  number(value, { style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: digits });

export function duration(ms: number): string {
  if (ms < 1000) return unit(ms, "millisecond");
  if (ms < 60_000) return unit(ms / 1000, "second", 1);
  const seconds = Math.floor((ms % 60_000) / 1000);
  return [unit(Math.floor(ms / 60_000), "minute"), seconds ? unit(seconds, "second") : ""].filter(Boolean).join(" ");
}

/** An amount of what a budget counts. */
export function amount(part: Part, value: number): string {
  if (part === "seconds") return value < 60 ? unit(value, "second") : duration(value * 1000);
  return part === "costMicroUsd" ? money(value) : number(value);
}
