// Dark or light: the system's choice until the reader makes one. public/theme.js applies it before the first paint.
import { useSyncExternalStore } from "react";
import { keep, storage } from "./storage";

export type Theme = "light" | "dark";

const KEY = "edgewise.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function current(): Theme {
  const chosen = storage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

function show(): void {
  document.documentElement.dataset.theme = current();
  for (const listener of listeners) listener();
}

/** Follows the system and the other pages. */
export function startTheme(): void {
  system.addEventListener("change", show);
  addEventListener("storage", ({ key }) => {
    if (key === KEY) show();
  });
  show();
}

export function toggleTheme(): void {
  keep(KEY, current() === "dark" ? "light" : "dark");
  show();
}

/** `null` is the system's. */
export function chooseTheme(theme: Theme | null): void {
  keep(KEY, theme);
  show();
}

export function chosenTheme(): Theme | null {
  const chosen = storage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : null;
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}
