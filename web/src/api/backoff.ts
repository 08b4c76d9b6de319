// How long to wait before something is tried again.

/** Before attempt number `attempt` (from 0): 0.3 s doubling to 10 s, the upper half of it at random. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(10_000, 600 * 2 ** Math.min(attempt, 10));
  return Math.max(300, Math.round(ceiling / 2 + (random() * ceiling) / 2));
}
