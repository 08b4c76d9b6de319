// Finding by a few letters: every letter in its order, better where a word begins or letters stand together.

/** How well a text fits a query, greater is better; `null` when it does not. */
export function fuzzy(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  const given = text.toLowerCase();
  if (!wanted) return 0;
  const whole = given.indexOf(query.toLowerCase().trim());
  if (whole >= 0) return 1000 - whole + (whole === 0 ? 500 : 0);
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = given.indexOf(letter, at + 1);
    if (next < 0) return null;
    score += next === at + 1 ? 5 : /[\s\-_/.]/.test(given[next - 1] ?? " ") ? 4 : -Math.min(3, next - at - 1);
    at = next;
  }
  // Letters strewn over a long text are no match that anybody means.
  return score > 0 ? score : null;
}

/** What fits, best first; equals stay in their order. */
export function best<T>(items: readonly T[], query: string, textOf: (item: T) => string): T[] {
  return items
    .map((item, at) => ({ item, at, score: fuzzy(query, textOf(item)) }))
    .filter((found): found is { item: T; at: number; score: number } => found.score !== null)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .map(({ item }) => item);
}
