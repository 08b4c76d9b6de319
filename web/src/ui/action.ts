// Something that a person starts and that may fail: whether it is under way, and what went wrong, field by field.
import { useCallback, useRef, useState } from "react";
import { ApiError, sentence } from "../api/problem";

export interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<boolean>;
  busy: boolean;
  /** What is wrong with a field of that name. */
  field: (name: string) => string | null;
  /** What is wrong as a whole: of fields that are `shown` their place tells it. */
  problem: (...shown: string[]) => string | null;
  error: unknown;
  clear: () => void;
}

/** One run at a time. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  const latest = useRef(work);
  latest.current = work;

  const run = useCallback(async (...args: A): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await latest.current(...args);
      return true;
    } catch (caught) {
      setError(caught);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);

  const field = (name: string): string | null => (error instanceof ApiError ? error.field(name) : null);
  const problem = (...shown: string[]): string | null => (error === null || shown.some((name) => field(name) !== null) ? null : sentence(error));
  return { run, busy, field, problem, error, clear: useCallback(() => setError(null), []) };
}
