// Tries again what failed in passing: a bounded number of times, no sooner than the server says, and once there is a network.
import { backoff } from "./backoff";
import { ApiError } from "./problem";

/** In a row, without anything that went well between them. */
const TRIES = 6;
/** A longer wait is the reader's to decide about. */
const LONGEST_WAIT_MS = 60_000;

/** How long to wait before the same call is worth another try; `null` when it is not. */
export function waitBeforeMs(error: unknown, failures: number): number | null {
  if (!(error instanceof ApiError) || failures >= TRIES) return null;
  if (!error.passing && error.status !== 429) return null;
  const ms = Math.max(error.retryAfterMs ?? 0, backoff(failures - 1));
  return ms <= LONGEST_WAIT_MS ? ms : null;
}

/** Does `work`, again when it fails in passing. `onWait` hears of each pause and of its end. */
export async function patiently<T>(work: () => Promise<T>, signal: AbortSignal, onWait: (waiting: boolean) => void): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const ms = waitBeforeMs(error, failures);
      if (ms === null || signal.aborted) throw error;
      onWait(true);
      await pause(ms, signal);
      if (signal.aborted) throw error;
      onWait(false);
    }
  }
}

// Without a network no try can succeed: the wait ends when there is one.
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = navigator.onLine ? setTimeout(end, ms) : undefined;
    if (timer === undefined) addEventListener("online", end);
    signal.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
