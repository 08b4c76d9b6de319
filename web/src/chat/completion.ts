// What is asked for by typing `/` or `@` into the message box.

export interface Asked {
  kind: "prompt" | "model";
  query: string;
  /** Where it stands in the text. */
  from: number;
  to: number;
}

/** What is asked for at the caret: `/` begins a prompt where the text begins, `@` a model where a word does. */
export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(0, caret);
  const prompt = /^\/([a-z0-9-]*)$/i.exec(before);
  if (prompt) return { kind: "prompt", query: prompt[1] ?? "", from: 0, to: caret };
  const model = /(?:^|\s)@([\w.:/-]*)$/.exec(before);
  if (model) return { kind: "model", query: model[1] ?? "", from: caret - (model[1]?.length ?? 0) - 1, to: caret };
  return null;
}

/** The text with something else in the place of what was asked for, and where the caret goes. */
export function replaced(text: string, { from, to }: Asked, by: string): { text: string; caret: number } {
  return { text: text.slice(0, from) + by + text.slice(to), caret: from + by.length };
}
