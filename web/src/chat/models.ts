// The models that may be asked, and the one that the reader chose.
import { Once, useOnce } from "../api/once";
import type { ModelForMe, ModelsForMe } from "../api/schema";
import { call } from "../api/session";
import { money, number, t } from "../i18n";
import { keep, storage } from "../storage";

const CHOSEN = "edgewise.model";

const models = new Once(() => call("GET /api/models"));

/** The list, asked for once. */
export function useModels(): { list: ModelsForMe | null; failed: boolean } {
  const { value: list, failed } = useOnce(models);
  return { list, failed };
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

/** What a million tokens cost, in and out. */
export function priceOf({ price }: ModelForMe): string | null {
  if (!price) return null;
  if (price.inputMicroUsd === 0 && price.outputMicroUsd === 0) return t("models.free");
  return t("models.price", { input: money(price.inputMicroUsd), output: money(price.outputMicroUsd) });
}

/** What a model can do, in words. */
export function badgesOf({ abilities }: ModelForMe): string[] {
  const { contextTokens } = abilities;
  return [
    abilities.vision ? t("models.vision") : "",
    abilities.reasoning ? t("models.reasoning") : "",
    abilities.tools ? t("models.tools") : "",
    contextTokens ? t("models.context", { size: number(contextTokens, { notation: "compact", maximumFractionDigits: 1 }) }) : "",
  ].filter(Boolean);
}
