// Which artifact is open beside the chat; an answer, the list and the address may open one.
import { useSyncExternalStore } from "react";

/** `"list"`: all those of the conversation. */
export type Opened = {
  conversationId: string;
  artifactId: string | "list";
  /** Somebody asked for it, and is led there. */
  focus?: boolean;
} | null;

let opened: Opened = null;
/** Grows whenever the model has written one. */
let written = 0;
const listeners = new Set<() => void>();

export function openArtifact(next: Opened): void {
  opened = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useOpened = (): Opened => useSyncExternalStore(subscribe, () => opened);

/** The model has written an artifact: who shows one asks anew. */
export function wrote(): void {
  written += 1;
  for (const listener of listeners) listener();
}
export const useWritten = (): number => useSyncExternalStore(subscribe, () => written);
