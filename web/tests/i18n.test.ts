// Words with values and plurals; every language has every word.
import { describe, expect, it } from "vitest";
import { ago, LANGUAGES, money, wanted } from "../src/i18n";
import { en } from "../src/i18n/en";
import { chat } from "../src/i18n/en/chat";
import { format, pseudo } from "../src/i18n/message";

const catalogues = import.meta.glob<{ default: Record<string, string> }>("../src/i18n/locales/*.ts", { eager: true });

/** The names of the values that a message asks for, sorted. */
function names(message: string): string[] {
  const asked = new Set<string>();
  const values = new Proxy({}, { get: (_, name) => (asked.add(String(name)), 1000) });
  format(message, values, "en");
  return [...asked].sort();
}

describe("format", () => {
  it("puts values in, and leaves what is not given", () => {
    expect(format("Hello {name}, {n} of {m}", { name: "Ann", n: 1234 }, "en")).toBe("Hello Ann, 1,234 of {m}");
  });

  it("chooses plurals by the rules of the language", () => {
    const files = "{n, plural, =0 {no file} one {# file of {who}} other {# files of {who}}}!";
    expect([0, 1, 2000].map((n) => format(files, { n, who: "Ann" }, "en"))).toEqual(["no file!", "1 file of Ann!", "2,000 files of Ann!"]);
    const arabic = "{n, plural, zero {z} one {o} two {t} few {f #} many {m} other {x}}";
    expect([0, 1, 2, 3, 11, 100].map((n) => format(arabic, { n }, "ar-u-nu-latn"))).toEqual(["z", "o", "t", "f 3", "m", "x"]);
  });

  it("chooses by a word", () => {
    expect(format("{k, select, a {A} other {?}}", { k: "a" }, "en")).toBe("A");
    expect(format("{k, select, a {A} other {?}}", { k: "b" }, "en")).toBe("?");
  });
});

describe("the pseudo-language", () => {
  it("is longer, and takes the same values", () => {
    const longer = format(pseudo("{n, plural, one {# session} other {# sessions}} of {name}"), { n: 2, name: "Ann" }, "en");
    expect(longer).toContain("2 šéššîöñš");
    expect(longer).toContain("Ann");
    expect(longer.length).toBeGreaterThan("2 sessions of Ann".length * 1.3);
  });
});

describe("the catalogues", () => {
  it("are there for every language that is offered", () => {
    const offered = Object.keys(LANGUAGES).filter((language) => language !== "en");
    expect(Object.keys(catalogues).map((path) => path.match(/(\w+)\.ts$/)?.[1]).sort()).toEqual(offered.sort());
  });

  it.each(Object.entries(catalogues))("%s has no key but those of English, all but the newest of the chat, with the same values", (_, { default: catalogue }) => {
    const missing = Object.keys(en).filter((key) => !catalogue[key]?.trim());
    // What the chat has gained since is shown in English until it is translated.
    expect(missing.filter((key) => !(key in chat))).toEqual([]);
    expect(missing.length).toBeLessThan(Object.keys(en).length / 2);
    for (const [key, message] of Object.entries(catalogue)) {
      expect(en, key).toHaveProperty([key]);
      expect(names(message), key).toEqual(names(en[key as keyof typeof en]));
    }
  });
});

describe("the rest of the page", () => {
  const sources = import.meta.glob<string>(["../src/**/*.{ts,tsx}", "!../src/i18n/**"], { eager: true, query: "?raw", import: "default" });

  it.each(Object.entries(sources))("%s has no sentence of its own", (_, source) => {
    const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    // In quotes, or as the text of an element.
    expect(code.match(/(["'`])[A-Z][a-z']*( [^"'`\n]+)+[.…!?]\1|>\s*(?!Edgewise)[A-Z][a-z]+( [a-z]+)*[.…!?]?\s*<\//g) ?? []).toEqual([]);
  });
});

describe("what languages write differently", () => {
  it("chooses the first language of the browser that there is", () => {
    expect(wanted(["xx-YY", "en-GB"])).toBe("en");
    expect(wanted([])).toBe("en");
  });

  it("shows small amounts with the digits that matter", () => {
    expect([money(0), money(1_500_000), money(1234)]).toEqual(["$0.00", "$1.50", "$0.00123"]);
    expect([0, 5_000, 10_000].map((value) => money(value, 5_000))).toEqual(["$0.000", "$0.005", "$0.010"]);
    expect([money(0, 2_000_000), money(3, 1)]).toEqual(["$0.00", "$0.000003"]);
  });

  it("tells how long ago", () => {
    expect(ago(0, 3 * 86_400_000)).toBe("3 days ago");
    expect(ago(7_200_000, 0)).toBe("in 2 hours");
  });
});
