// What is asked for by typing `/`, `@` or `#` into the message box.

export interface Asked {
  kind: "prompt" | "model" | "file";
  query: string;
  /** Where it stands in the text. */
  from: number;
  to: number;
}

/** What is asked for at the caret: `/` begins a prompt where the text begins, `@` a model or an agent and `#` a file where a word does. */
export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(0, caret);
  const prompt = /^\/([a-z0-9-]*)$/i.exec(before);
  if (prompt) return { kind: "prompt", query: prompt[1] ?? "", from: 0, to: caret };
  const other = /(?:^|\s)(?:@([\p{L}\p{N}_.:/-]*)|#([^\s#]*))$/u.exec(before);
  if (!other) return null;
  const [, model, file] = other;
  const query = model ?? file ?? "";
  return { kind: model === undefined ? "file" : "model", query, from: caret - query.length - 1, to: caret };
}

/** The text with something else in the place of what was asked for, and where the caret goes. */
export function replaced(text: string, { from, to }: Asked, by: string): { text: string; caret: number } {
  return { text: text.slice(0, from) + by + text.slice(to), caret: from + by.length };
}
