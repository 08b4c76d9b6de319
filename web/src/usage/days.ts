// Days of UTC: the ledger names those alone that have something, a chart shows all of them.
import type { UsageGroup } from "../api/schema";

const DAY_MS = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The first of the last `days` days, today among them. */
export const firstDay = (now: number, days: number): string => dayOf(now - (days - 1) * DAY_MS);

export function eachDay(groups: readonly UsageGroup[], now: number, days: number): { day: string; group: UsageGroup | undefined }[] {
  const named = new Map(groups.map((group) => [group.name, group]));
  return Array.from({ length: days }, (_, at) => {
    const day = dayOf(now - (days - 1 - at) * DAY_MS);
    return { day, group: named.get(day) };
  });
}

type Sums = Pick<UsageGroup, "costMicroUsd" | "entries" | "inputTokens" | "outputTokens">;

export const totals = (groups: readonly Sums[]): Sums =>
  groups.reduce<Sums>(
    (sum, group) => ({
      costMicroUsd: sum.costMicroUsd + group.costMicroUsd,
      entries: sum.entries + group.entries,
      inputTokens: sum.inputTokens + group.inputTokens,
      outputTokens: sum.outputTokens + group.outputTokens,
    }),
    { costMicroUsd: 0, entries: 0, inputTokens: 0, outputTokens: 0 },
  );
