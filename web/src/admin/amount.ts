// Amounts as people type them, in US dollars, and as the server counts them, in millionths.
import { ApiError } from "../api/problem";
import { t } from "../i18n";

/** `null` for an empty field; `undefined` for what is no amount. */
export function microUsd(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === "") return null;
  if (!/^\d{1,9}([.,]\d{1,6})?$/.test(typed)) return undefined;
  return Math.round(Number(typed.replace(",", ".")) * 1_000_000);
}

/** As it is put into a field. */
export const usd = (micro: number | null | undefined): string => (micro === null || micro === undefined ? "" : String(micro / 1_000_000));

/** The amount of a field; what is none is refused, by the field's name. */
export function amountOf(field: string, text: string): number | null {
  const amount = microUsd(text);
  if (amount === undefined) throw new ApiError(t("admin.badAmount"), 422, { fields: [{ pointer: `/${field}`, detail: t("admin.badAmount") }] });
  return amount;
}
