// Copies the last answer, or the last block of code in one.
import { t } from "../i18n";
import { toast } from "../ui";
import { copyRich } from "./actions";
import { htmlOf } from "./markdown";
import type { Row } from "./rows";

const FENCE = /^( {0,3})(`{3,}|~{3,})[^\n]*\n([\s\S]*?)(?:\n)?^ {0,3}\2[`~]*\s*$/gm;

/** The last fenced block of a Markdown text. */
export const lastCode = (text: string): string | null => [...text.matchAll(FENCE)].at(-1)?.[3] ?? null;

export async function copyLast(rows: readonly Row[], what: "answer" | "code"): Promise<void> {
  const answers = rows.filter(({ role, text }) => role === "assistant" && text);
  const text = what === "answer" ? answers.at(-1)?.text : answers.map((row) => lastCode(row.text)).findLast((code) => code !== null);
  if (!text) toast(t("chat.nothingToCopy"));
  else if (await copyRich(text, what === "answer" ? htmlOf(text) : null)) toast(t("chat.copied"), { tone: "good" });
}
