// The models that may be asked, and the one that the reader chose.
import { useEffect, useSyncExternalStore } from "react";
import { call } from "../api/session";
import type { ModelForMe, ModelsForMe } from "../api/schema";
import { keep, storage } from "../storage";

const CHOSEN = "edgewise.model";

interface State {
  list: ModelsForMe | null;
  failed: boolean;
}

let state: State = { list: null, failed: false };
let asked: Promise<void> | null = null;
const listeners = new Set<() => void>();
const set = (next: State): void => {
  state = next;
  for (const listener of listeners) listener();
};

function load(): void {
  asked ??= call("GET /api/models").then(
    (list) => set({ list, failed: false }),
    () => {
      asked = null;
      set({ ...state, failed: true });
    },
  );
}

/** The list, asked for once. It is asked for again when a reader opens it after a failure. */
export function useModels(): State {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
  useEffect(load, []);
  return now;
}

/** The model that new chats are begun with; `null` is the server's own choice. */
export const chosenModel = (): string | null => storage.getItem(CHOSEN);
export const chooseModel = (name: string | null): void => keep(CHOSEN, name);

/** Models whose name or title holds every word, best first. */
export function matching(models: readonly ModelForMe[], query: string): ModelForMe[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = models.filter(({ name, title }) => {
    const text = `${title} ${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = words[0] ?? "";
  const rank = ({ title }: ModelForMe): number => (title.toLowerCase().startsWith(first) ? 0 : 1);
  return first ? found.sort((a, b) => rank(a) - rank(b)) : found;
}

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 2 });

/** What a million tokens cost, in and out. */
export function priceOf({ price }: ModelForMe): string | null {
  if (!price) return null;
  if (price.inputMicroUsd === 0 && price.outputMicroUsd === 0) return "Free";
  return `${dollars.format(price.inputMicroUsd / 1e6)} in · ${dollars.format(price.outputMicroUsd / 1e6)} out`;
}

/** What a model can do, in words. */
export function badgesOf({ abilities }: ModelForMe): string[] {
  const { contextTokens } = abilities;
  return [
    abilities.vision ? "Vision" : "",
    abilities.reasoning ? "Reasoning" : "",
    abilities.tools ? "Tools" : "",
    contextTokens ? `${contextTokens >= 1_000_000 ? `${+(contextTokens / 1_000_000).toFixed(1)}M` : `${Math.round(contextTokens / 1000)}K`} context` : "",
  ].filter(Boolean);
}
