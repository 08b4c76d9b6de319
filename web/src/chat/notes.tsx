// Footnotes: a mark in the text, and the note that it leads to and that leads back.
import type { TokenizerAndRendererExtension, Tokens } from "marked";
import { createContext, type MouseEvent, type ReactNode, use } from "react";
import { t } from "../i18n";

/** A note where a block begins; it goes on until a blank line or the next one. */
const noteRule = /^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]*(?:\n(?! {0,3}\[\^)[^\n]*\S[^\n]*)*)(?:\n+|$)/;
const markRule = /^\[\^([^\]\s]{1,40})\](?!:)/;

/** Whether a text may have footnotes. */
export const mayHaveNotes = (text: string): boolean => text.includes("[^");

/** The names of the notes among these blocks. */
export const notesOf = (blocks: readonly string[]): string[] => blocks.flatMap((block) => noteRule.exec(block)?.[1] ?? []);

const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Footnotes as Marked sees them. */
export const notes: TokenizerAndRendererExtension[] = [
  {
    name: "note",
    level: "block",
    tokenizer(text) {
      const found = noteRule.exec(text);
      if (!found) return undefined;
      const token: Tokens.Generic = { type: "note", raw: found[0], label: found[1] ?? "", tokens: [] };
      this.lexer.inline(found[2] ?? "", token.tokens);
      return token;
    },
    renderer({ label, tokens }) {
      return `<p class="md-note"><sup>${escape(String(label))} </sup>${this.parser.parseInline(tokens ?? [])}</p>`;
    },
  },
  {
    name: "noteMark",
    level: "inline",
    start: (text) => text.match(/\[\^/)?.index,
    tokenizer(text) {
      const found = markRule.exec(text);
      return found ? { type: "noteMark", raw: found[0], label: found[1] ?? "" } : undefined;
    },
    renderer: ({ label }) => `<sup class="md-note-mark">${escape(String(label))}</sup>`,
  },
];

/** The notes of the answer around; `null` while it grows, when they may still come. */
export const Notes = createContext<string | null>(null);

/** The names of notes as one value: it stays the same while they do. */
export const listed = (labels: readonly string[]): string => labels.join("\n");

/** Moves the view and the focus within one answer. */
function go(event: MouseEvent<HTMLElement>, selector: string): void {
  const found = event.currentTarget.closest(".md")?.querySelector<HTMLElement>(selector);
  found?.scrollIntoView({ block: "center" });
  found?.focus({ preventScroll: true });
}

/** A mark leads to its note; without one it is what was written. */
export function NoteMark({ label }: { label: string }) {
  const there = use(Notes);
  if (there !== null && !there.split("\n").includes(label)) return `[^${label}]`;
  return (
    <sup>
      <button type="button" className="md-note-mark" data-mark={label} aria-label={t("chat.footnote", { label })} onClick={(event) => go(event, `[data-note="${CSS.escape(label)}"]`)}>
        {label}
      </button>
    </sup>
  );
}

export function Note({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="md-note" role="note" data-note={label} tabIndex={-1}>
      <button type="button" className="md-note-mark" aria-label={t("chat.footnoteBack", { label })} onClick={(event) => go(event, `[data-mark="${CSS.escape(label)}"]`)}>
        {label}
      </button>
      <p dir="auto">{children}</p>
    </div>
  );
}
