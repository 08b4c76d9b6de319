// An answer that many parts of the page need: asked for once, when the first of them does, and again after a failure.
import { useEffect, useSyncExternalStore } from "react";

export interface Asked<T> {
  /** `null` until it is there. */
  value: T | null;
  failed: boolean;
}

export class Once<T> {
  private state: Asked<T> = { value: null, failed: false };
  private asked: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ask: () => Promise<T>) {}

  readonly get = (): Asked<T> => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly load = (): void => {
    this.asked ??= this.ask().then(
      (value) => this.set({ value, failed: false }),
      () => {
        this.asked = null;
        this.set({ ...this.state, failed: true });
      },
    );
  };

  /** It is otherwise now. */
  again(): void {
    this.asked = null;
    this.load();
  }

  private set(next: Asked<T>): void {
    this.state = next;
    for (const listener of this.listeners) listener();
  }
}

/** The answer as it is known. It is asked for again whenever a part is shown after a failure. */
export function useOnce<T>(once: Once<T>): Asked<T> {
  useEffect(once.load, [once]);
  return useSyncExternalStore(once.subscribe, once.get);
}
