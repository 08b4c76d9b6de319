// Reads answers aloud, one at a time, where the browser can speak.
import { useSyncExternalStore } from "react";

export const canSpeak = (): boolean => typeof speechSynthesis === "object" && typeof SpeechSynthesisUtterance === "function";

/** The answer that is read. */
let speaking: string | null = null;
const listeners = new Set<() => void>();

function become(id: string | null): void {
  speaking = id;
  for (const listener of listeners) listener();
}

export function hush(): void {
  speechSynthesis.cancel();
  become(null);
}

/** Reads an answer, block by block: browsers break off in the middle of what is long. */
export function speak(id: string, blocks: readonly string[]): void {
  hush();
  if (!blocks.length) return;
  become(id);
  const end = () => speaking === id && become(null);
  for (const [at, block] of blocks.entries()) {
    const utterance = new SpeechSynthesisUtterance(block);
    utterance.onerror = end;
    if (at === blocks.length - 1) utterance.onend = end;
    speechSynthesis.speak(utterance);
  }
}

export const useSpeaking = (id: string): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => speaking === id,
  );
