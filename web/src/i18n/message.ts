// Messages with values and plurals, in the syntax of ICU: {name} and {count, plural, =0 {none} one {# file} other {# files}}.

export type Values = Record<string, string | number>;

/** Where the brace that opens at `from` is closed. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return text.length;
}

/** The cases of a plural or a choice: what stands before each brace, and what is in it. */
function cases(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{", at);
    if (open < 0) break;
    const end = closing(text, open);
    found.set(text.slice(at, open).trim(), text.slice(open + 1, end));
    at = end + 1;
  }
  return found;
}

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function cached<T>(of: Map<string, T>, locale: string, make: () => T): T {
  const kept = of.get(locale) ?? make();
  of.set(locale, kept);
  return kept;
}

const show = (value: string | number, locale: string): string =>
  typeof value === "number" ? cached(numbers, locale, () => new Intl.NumberFormat(locale)).format(value) : value;

/** The message with its values put in. A value that is not given stays as it is written. */
export function format(message: string, values: Values, locale: string, count: number | null = null): string {
  let out = "";
  let at = 0;
  while (at < message.length) {
    const open = message.indexOf("{", at);
    const plain = message.slice(at, open < 0 ? message.length : open);
    out += count === null ? plain : plain.replaceAll("#", show(count, locale));
    if (open < 0) break;
    const end = closing(message, open);
    const [name = "", kind, ...rest] = message.slice(open + 1, end).split(",");
    const value = values[name.trim()];
    if (value === undefined) out += message.slice(open, end + 1);
    else if (kind === undefined) out += show(value, locale);
    else out += choose(kind.trim(), value, cases(rest.join(",")), values, locale);
    at = end + 1;
  }
  return out;
}

function choose(kind: string, value: string | number, of: Map<string, string>, values: Values, locale: string): string {
  const category = kind === "plural" ? cached(rules, locale, () => new Intl.PluralRules(locale)).select(Number(value)) : String(value);
  const chosen = of.get(`=${value}`) ?? of.get(category) ?? of.get("other") ?? "";
  return format(chosen, values, locale, kind === "plural" ? Number(value) : null);
}

const ACCENTS: Record<string, string> = { a: "á", e: "é", i: "î", o: "ö", u: "ü", c: "ç", n: "ñ", s: "š", A: "Å", E: "É", I: "Î", O: "Ø", U: "Û", C: "Ç", S: "Š" };

/** The same message as a language would have it that needs far more room: it shows what overflows, and what is not translated. */
export function pseudo(message: string): string {
  let out = "";
  let depth = 0;
  for (const character of message) {
    if (character === "{") depth++;
    // Names and kinds stand at odd depths, texts of plurals at even ones.
    out += depth % 2 === 0 ? (ACCENTS[character] ?? character) : character;
    if (character === "}") depth--;
  }
  return `⟦${out}${"·".repeat(Math.ceil(message.length * 0.35))}⟧`;
}
