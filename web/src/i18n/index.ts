// The language of the page: its words, dates, numbers and direction. English is built in, every other is loaded when asked for.
import { useSyncExternalStore } from "react";
import { keep, storage } from "../storage";
import { en, type Key } from "./en";
import type { chat } from "./en/chat";
import { format, pseudo, type Values } from "./message";

export const LANGUAGES: Record<string, string> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  pt: "Português",
  ja: "日本語",
  zh: "中文",
  ar: "العربية",
};
/** For tests: everything longer and accented. */
const PSEUDO = "en-XA";
const CHOSEN = "edgewise.language";
const RIGHT_TO_LEFT = new Set(["ar"]);

/** Every key; those of the chat may follow, and are English until they do. */
export type Catalogue = Record<Exclude<Key, keyof typeof chat>, string> & Partial<Record<keyof typeof chat, string>>;
const files = import.meta.glob<{ default: Catalogue }>("./locales/*.ts");

let language = "en";
let words: Partial<Catalogue> = en;
const listeners = new Set<() => void>();

/** The language that is wanted: the one that was chosen, else the browser's first that there is. */
export function wanted(preferred: readonly string[] = navigator.languages): string {
  const chosen = storage.getItem(CHOSEN);
  if (chosen && (chosen === PSEUDO || chosen in LANGUAGES)) return chosen;
  for (const one of preferred) {
    const base = one.split("-")[0] ?? "";
    if (base in LANGUAGES) return base;
  }
  return "en";
}

async function catalogueOf(next: string): Promise<Partial<Catalogue>> {
  if (next === "en") return en;
  if (next === PSEUDO) return Object.fromEntries(Object.entries(en).map(([key, text]) => [key, pseudo(text)]));
  const file = files[`./locales/${next}.ts`];
  return file ? (await file()).default : en;
}

async function show(next: string): Promise<void> {
  const catalogue = await catalogueOf(next);
  language = next;
  words = catalogue;
  document.documentElement.lang = next === PSEUDO ? "en" : next;
  document.documentElement.dir = RIGHT_TO_LEFT.has(next) ? "rtl" : "ltr";
  for (const listener of listeners) listener();
}

/** Loads the language before the first paint. A language that does not come is English. */
export async function startLanguage(): Promise<void> {
  addEventListener("storage", ({ key }) => {
    if (key === CHOSEN) void show(wanted()).catch(() => {});
  });
  if (wanted() !== "en") await show(wanted()).catch(() => {});
}

/** `null` is the browser's. */
export async function chooseLanguage(next: string | null): Promise<void> {
  keep(CHOSEN, next);
  await show(wanted());
}

export const chosenLanguage = (): string | null => storage.getItem(CHOSEN);

export function useLanguage(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => language,
  );
}

/** The words for a key, in the page's language. */
export const t = (key: Key, values: Values = {}): string => format(words[key] ?? en[key], values, locale());

export const locale = (): string => (language === PSEUDO ? "en" : language);

type When = string | number | Date;
export const date = (when: When): string => new Date(when).toLocaleDateString(locale(), { dateStyle: "medium" });
export const dateTime = (when: When): string => new Date(when).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
export const dayOfYear = (when: When): string => new Date(when).toLocaleDateString(locale(), { month: "short", day: "numeric", timeZone: "UTC" });
export const time = (when: When): string => new Date(when).toLocaleTimeString(locale(), { timeStyle: "medium" });
export const number = (value: number, options?: Intl.NumberFormatOptions): string => value.toLocaleString(locale(), options);

/** Money of micro-USD; small amounts keep the digits that matter. Those of a scale have as many as its `step` needs. */
export function money(microUsd: number, step?: number): string {
  const usd = microUsd / 1_000_000;
  if (step) {
    const digits = Math.min(Math.max(2, -Math.floor(Math.log10(step / 1_000_000) + 1e-9)), 6);
    return usd.toLocaleString(locale(), { style: "currency", currency: "USD", minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  const digits = usd !== 0 && Math.abs(usd) < 0.1 ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return usd.toLocaleString(locale(), { style: "currency", currency: "USD", ...digits });
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago, or in how long: "3 days ago". */
export function ago(when: When, now = Date.now()): string {
  const seconds = Math.round((new Date(when).getTime() - now) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

export type { Key };
