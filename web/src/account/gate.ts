// Which of the dialogs about signing in is open; anything on the page may open one.
import { useSyncExternalStore } from "react";

export type Gate = "sign-in" | "sign-up";

let gate: Gate | null = null;
const listeners = new Set<() => void>();

export function openGate(next: Gate | null): void {
  gate = next;
  for (const listener of listeners) listener();
}

export function useGate(): Gate | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => gate,
  );
}
