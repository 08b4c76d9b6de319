// Markdown of a model, shown safely. Marked makes HTML of one block (raw HTML stays text), DOMPurify cleans it, and
// what is left becomes React elements of an allow-list: no HTML string ever reaches the page.
import DOMPurify, { type Config } from "dompurify";
import { Lexer, Marked, type MarkedExtension, type Tokens } from "marked";
import { createElement, memo, type ReactNode, useEffect, useRef } from "react";
import remend from "remend";
import { t } from "../i18n";
import { CodeBlock } from "./code-block";
import { Sum, sums } from "./math";
import { listed, mayHaveNotes, Note, NoteMark, Notes, notes, notesOf } from "./notes";
import { TableBlock } from "./table-block";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

const SAFE_URL = /^(?:https?:\/\/|mailto:)[^\s]/i;

/** The address if a link may lead there. */
export function safeUrl(url: string): string | null {
  if (!SAFE_URL.test(url)) return null;
  try {
    const { protocol, href } = new URL(url);
    return protocol === "http:" || protocol === "https:" || protocol === "mailto:" ? href : null;
  } catch {
    return null;
  }
}

const base: MarkedExtension = {
  renderer: {
    html({ text }: Tokens.HTML | Tokens.Tag): string {
      return /^<br\s*\/?>$/i.test(text.trim()) ? "<br>" : escape(text);
    },
    // Loading an image tells its host who reads: it is a link until somebody asks for it.
    image({ href, text }: Tokens.Image): string {
      return `<a href="${escape(href)}">${escape(text || href)}</a>`;
    },
  },
};
const options = { gfm: true, breaks: false, async: false } as const;
const marked = new Marked(options).use(base);
const withSums = new Marked(options).use(base, { extensions: sums });
const withNotes = new Marked(options).use(base, { extensions: notes });
const withBoth = new Marked(options).use(base, { extensions: [...sums, ...notes] });

/** Looking for sums and footnotes takes long in long texts, so it is done where there may be some. */
function markedFor(source: string): Marked {
  const mayHaveSums = /\$|\\[([]/.test(source);
  if (mayHaveNotes(source)) return mayHaveSums ? withBoth : withNotes;
  return mayHaveSums ? withSums : marked;
}

// The page's policy allows trusted types of this name only.
interface Policy {
  createHTML: (html: string) => string;
  createScriptURL: (url: string) => string;
}
const factory = (globalThis as { trustedTypes?: { createPolicy: (name: string, policy: Policy) => unknown } })
  .trustedTypes;
const policy = factory?.createPolicy("app-md", { createHTML: (html) => html, createScriptURL: () => "" });

const TAGS = [
  ..."a blockquote br code del em h1 h2 h3 h4 h5 h6 hr input li ol p pre strong sup table tbody td th thead tr ul".split(" "),
];
const allowed = new Set(TAGS);

const config: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: [...TAGS, "#text"],
  ALLOWED_ATTR: ["href", "class", "start", "align", "type", "checked", "disabled"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
  ...(policy ? ({ TRUSTED_TYPES_POLICY: policy } as object) : {}),
};

/** The same as text, for the clipboard alone: no page of ours takes it. */
export const htmlOf = (source: string): string =>
  DOMPurify.sanitize(markedFor(source).parse(source) as string, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ["href", "start", "align"] });

/** Cleaned HTML of a piece of Markdown, as nodes of a document that is not shown. */
const clean = (source: string): DocumentFragment => DOMPurify.sanitize(markedFor(source).parse(source) as string, config);

/** The words of each block, to be read aloud. */
export const wordsOf = (source: string): string[] => [...clean(source).childNodes].map(({ textContent }) => textContent?.trim() ?? "").filter(Boolean);

/** Each is read from the side from which its own words are. (Lists with numbers and paragraphs are made by themselves.) */
const DIRECTED = new Set(["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul"]);

/** Blank text between their children means nothing. */
const CONTAINERS = new Set(["#document-fragment", "blockquote", "ol", "table", "tbody", "thead", "tr", "ul"]);

function nodes(parent: Node): ReactNode[] {
  const blank = CONTAINERS.has(parent.nodeName.toLowerCase());
  return [...parent.childNodes].map((node, at) => {
    if (node.nodeType !== Node.TEXT_NODE) return element(node, at);
    return blank && !node.nodeValue?.trim() ? null : node.nodeValue;
  });
}

function element(node: Node, key: number): ReactNode {
  if (!(node instanceof Element)) return null;
  const tag = node.tagName.toLowerCase();
  if (!allowed.has(tag)) return node.textContent;
  switch (tag) {
    case "a": {
      const href = safeUrl(node.getAttribute("href") ?? "");
      if (!href) return <span key={key}>{nodes(node)}</span>;
      return (
        <a key={key} href={href} target="_blank" rel="noopener nofollow ugc">
          {nodes(node)}
        </a>
      );
    }
    case "pre": {
      const code = node.firstElementChild;
      if (code?.getAttribute("class") === "md-sum-block") return <Sum key={key} source={code.textContent} block />;
      const language = /language-([\w+#.-]{1,30})/.exec(code?.getAttribute("class") ?? "")?.[1] ?? "";
      if (language === "math") return <Sum key={key} source={node.textContent} block />;
      return <CodeBlock key={key} code={node.textContent.replace(/\n$/, "")} language={language} />;
    }
    case "code":
      if (node.getAttribute("class") === "md-sum-inline") return <Sum key={key} source={node.textContent} block={false} />;
      return <code key={key}>{nodes(node)}</code>;
    case "sup":
      return <NoteMark key={key} label={node.textContent} />;
    case "p": {
      if (node.getAttribute("class") !== "md-note")
        return (
          <p key={key} dir="auto">
            {nodes(node)}
          </p>
        );
      const label = node.firstElementChild?.textContent.trim() ?? "";
      node.firstElementChild?.remove();
      return (
        <Note key={key} label={label}>
          {nodes(node)}
        </Note>
      );
    }
    case "input":
      if (node.getAttribute("type") !== "checkbox") return null;
      return <TaskBox key={key} done={node.hasAttribute("checked")} />;
    case "table":
      return (
        <TableBlock key={key} rows={cells(node)}>
          {nodes(node)}
        </TableBlock>
      );
    case "td":
    case "th": {
      const align = node.getAttribute("align");
      const className = align === "center" || align === "right" ? `md-${align}` : undefined;
      return createElement(tag, { key, className }, ...nodes(node));
    }
    case "ol":
      return (
        <ol key={key} dir="auto" start={Number.parseInt(node.getAttribute("start") ?? "1", 10) || 1}>
          {nodes(node)}
        </ol>
      );
    case "li": {
      // A class, because `:has()` is asked of every element of an answer that grows.
      const task = node.querySelector(":scope > input:first-child, :scope > p:first-child > input:first-child") !== null;
      return (
        <li key={key} className={task ? "md-task" : undefined}>
          {nodes(node)}
        </li>
      );
    }
    case "br":
    case "hr":
      return createElement(tag, { key });
    default: {
      // A model's headings must not outrank those of the page.
      const shown = /^h[1-6]$/.test(tag) ? `h${Math.min(6, Number(tag[1]) + 2)}` : tag;
      const className = shown === tag ? undefined : `md-${tag}`;
      return createElement(shown, { key, className, dir: DIRECTED.has(tag) ? "auto" : undefined }, ...nodes(node));
    }
  }
}

const cells = (table: Element): string[][] =>
  [...table.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent.trim()));

const TaskBox = ({ done }: { done: boolean }) => (
  <input type="checkbox" checked={done} aria-label={done ? t("common.done") : t("box.toDo")} disabled readOnly />
);

export interface Split {
  text: string;
  /** Source of each top-level block. */
  blocks: readonly string[];
  /**
   * Where the last block but one begins: text that follows does not change what is before it. (It may change that one:
   * a list goes on after what was a paragraph `3` becomes its item `3.`.)
   */
  settled: number;
  /** How many blocks are before that. */
  kept: number;
}

const NOTHING: Split = { text: "", blocks: [], settled: 0, kept: 0 };

/** Link definitions, which count for every block. */
const DEFINITION = /^ {0,3}\[[^\]^][^\]]*\]:\s/;

/** The blocks of a text. When it only grew since `before`, just its end is read again. */
export function split(text: string, before: Split = NOTHING): Split {
  const { kept, settled } = text.startsWith(before.text) ? before : NOTHING;
  const blocks = before.blocks.slice(0, kept);
  const starts: number[] = [];
  let at = settled;
  for (const { type, raw } of new Lexer(markedFor(text).defaults).blockTokens(text.slice(settled))) {
    // Blank lines belong to no block.
    if (type !== "space") {
      starts.push(at);
      blocks.push(raw);
    }
    at += raw.length;
  }
  // With one block there is nothing more to settle.
  if (starts.length < 2) return { text, blocks, kept, settled };
  return { text, blocks, kept: blocks.length - 2, settled: starts.at(-2) ?? settled };
}

const Block = memo(function Block({ source }: { source: string }) {
  return nodes(clean(source));
});

interface MarkdownProps {
  text: string;
  /** Whether the text may end in the middle of something. */
  partial: boolean;
}

/** Shows Markdown. Blocks that are finished are not made again while the text grows. */
export const Markdown = memo(function Markdown({ text: given, partial }: MarkdownProps) {
  const text = given.includes("\r") ? given.replace(/\r\n?/g, "\n") : given;
  const before = useRef<Split>(NOTHING);
  const now = split(text, before.current);
  useEffect(() => {
    before.current = now;
  });
  const { blocks } = now;
  const definitions = blocks.filter((block) => DEFINITION.test(block)).join("\n");
  const last = blocks.length - 1;
  const shown = blocks.map((block, at) => {
    const source = partial && at === last ? mend(block) : block;
    return <Block key={at} source={definitions ? `${source}\n\n${definitions}` : source} />;
  });
  return <Notes value={partial ? null : listed(notesOf(blocks))}>{shown}</Notes>;
});

/** Closes what a half-streamed block leaves open. */
const mend = (block: string): string => remend(block, { linkMode: "text-only", htmlTags: false, katex: false });
