// Sums, set by KaTeX once there are some. It makes elements itself and needs no HTML.
import { memo, useEffect, useRef, useState } from "react";
import type { TokenizerAndRendererExtension } from "marked";

type Katex = typeof import("katex").default;
let loaded: Promise<Katex> | null = null;
const load = (): Promise<Katex> => {
  loaded ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(
    ([katex]) => katex.default,
    (error: unknown) => {
      loaded = null;
      throw error;
    },
  );
  return loaded;
};

const MAX_CHARS = 8_000;

export const Sum = memo(function Sum({ source, block }: { source: string; block: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  const [set, setSet] = useState(false);
  useEffect(() => {
    if (source.length > MAX_CHARS) return;
    let gone = false;
    load().then(
      (katex) => {
        if (gone || !place.current) return;
        katex.render(source, place.current, { displayMode: block, throwOnError: false, trust: false, strict: "ignore", maxSize: 20, maxExpand: 200, output: "htmlAndMathml" });
        setSet(true);
      },
      // The source can be read, too.
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [source, block]);
  return (
    <span className={block ? "md-sum block" : "md-sum"} tabIndex={block ? 0 : undefined} role={block ? "group" : undefined} aria-label={block ? source : undefined}>
      {!set && <code>{source}</code>}
      <span ref={place} />
    </span>
  );
});

const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const inlineRule = /^(?:\$(?![\s$])((?:\\.|[^\\$\n])*?[^\s\\$])\$(?!\d)|\\\(([\s\S]+?)\\\))/;
const blockRule = /^(?:\$\$\s*([\s\S]+?)\s*\$\$|\\\[\s*([\s\S]+?)\s*\\\])[ \t]*(?:\n+|$)/;
/** `$$…$$` within a paragraph. */
const displayRule = /^\$\$([^$\n]+?)\$\$/;

/** Sums as Marked sees them. Money is none: a sum's dollar signs touch it, and no digit follows the second. */
export const sums: TokenizerAndRendererExtension[] = [
  {
    name: "sumBlock",
    level: "block",
    start: (text) => text.match(/^(?:\$\$|\\\[)/m)?.index,
    tokenizer(text) {
      const found = blockRule.exec(text);
      return found ? { type: "sumBlock", raw: found[0], text: found[1] ?? found[2] ?? "" } : undefined;
    },
    renderer: (token) => `<pre><code class="md-sum-block">${escape(String(token.text))}</code></pre>`,
  },
  {
    name: "sum",
    level: "inline",
    start: (text) => text.match(/\$|\\\(/)?.index,
    tokenizer(text) {
      const display = displayRule.exec(text);
      if (display) return { type: "sum", raw: display[0], text: display[1] ?? "" };
      const found = inlineRule.exec(text);
      return found ? { type: "sum", raw: found[0], text: found[1] ?? found[2] ?? "" } : undefined;
    },
    renderer: (token) => `<code class="md-sum-inline">${escape(String(token.text))}</code>`,
  },
];
