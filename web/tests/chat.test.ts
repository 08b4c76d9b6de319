// The small decisions of the chat screen.
import { describe, expect, it } from "vitest";
import { fileName } from "../src/chat/code-block";
import { lastCode } from "../src/chat/copy-last";
import { best, fuzzy } from "../src/chat/fuzzy";
import { boundary } from "../src/chat/history";
import { sends } from "../src/chat/keys";
import { timeOfId } from "../src/chat/log";
import { badgesOf, matching, priceOf } from "../src/chat/models";
import { previewKind } from "../src/chat/preview-kind";
import { secondsUntil } from "../src/chat/seconds";
import { comboOfKeys, isOwn, keysOf, setShortcut, SHORTCUTS, shortcutOf, takenBy } from "../src/chat/shortcuts";
import { csvOf } from "../src/chat/table-block";
import { declaredType, sizeOf } from "../src/chat/uploads";
import { isNewer } from "../src/chat/version";
import type { Message } from "../src/protocol";

describe("Enter", () => {
  const key = { key: "Enter", shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, isComposing: false, keyCode: 13 };
  it("sends, alone or with Ctrl, and never at the end of an input method's work", () => {
    expect(sends(key, true)).toBe(true);
    expect(sends({ ...key, ctrlKey: true }, true)).toBe(true);
    expect(sends({ ...key, shiftKey: true }, true)).toBe(false);
    expect(sends({ ...key, isComposing: true }, true)).toBe(false);
    expect(sends({ ...key, keyCode: 229 }, true)).toBe(false);
    expect(sends({ ...key, key: "a" }, true)).toBe(false);
  });
  it("sends with Ctrl alone where Enter begins a line", () => {
    expect(sends(key, false)).toBe(false);
    expect(sends({ ...key, metaKey: true }, false)).toBe(true);
  });
});

describe("shortcuts", () => {
  it("are each of their own keys", () => {
    const all = Object.values(SHORTCUTS).map(({ code, command, shift, alt }) => [code, command ?? false, shift ?? false, alt ?? false].join());
    expect(new Set(all).size).toBe(all.length);
  });
  it("are known by place, with exactly their modifiers", () => {
    const plain = { code: "KeyO", ctrlKey: true, metaKey: false, shiftKey: true, altKey: false };
    expect(shortcutOf(plain)).toBe("new");
    expect(shortcutOf({ ...plain, ctrlKey: false, metaKey: true })).toBe("new");
    expect(shortcutOf({ ...plain, altKey: true })).toBeNull();
    expect(shortcutOf({ ...plain, shiftKey: false })).toBeNull();
    expect([keysOf("new", true), keysOf("copyCode", false), keysOf("focus", false)]).toEqual(["⌘⇧O", "Ctrl+Shift+;", "Shift+Esc"]);
  });
  it("are set by whoever would rather press others, and set back", () => {
    const pressed = { code: "KeyJ", ctrlKey: true, metaKey: false, shiftKey: false, altKey: true };
    const combo = comboOfKeys(pressed);
    expect(combo).toEqual({ code: "KeyJ", command: true, alt: true });
    expect(takenBy(SHORTCUTS.palette, "new")).toBe("palette");
    setShortcut("new", combo);
    expect([shortcutOf(pressed), shortcutOf({ ...pressed, code: "KeyO", altKey: false, shiftKey: true }), keysOf("new", false), isOwn("new")]).toEqual(["new", null, "Ctrl+Alt+J", true]);
    setShortcut("new", null);
    expect([shortcutOf(pressed), isOwn("new")]).toEqual([null, false]);
  });
  it("are never what writes a letter, nor modifiers alone", () => {
    const plain = { code: "KeyJ", ctrlKey: false, metaKey: false, shiftKey: true, altKey: false };
    expect([comboOfKeys(plain), comboOfKeys({ ...plain, code: "ShiftLeft", ctrlKey: true }), comboOfKeys({ ...plain, code: "F2", shiftKey: false })]).toEqual([null, null, { code: "F2" }]);
  });
});

describe("fuzzy", () => {
  it("finds letters in their order, and words best", () => {
    expect(fuzzy("nch", "New chat")).not.toBeNull();
    expect(fuzzy("xyz", "New chat")).toBeNull();
    expect(best(["A chat about herons", "Herons", "Her own"], "heron", (text) => text)).toEqual(["Herons", "A chat about herons", "Her own"]);
    expect(best(["b", "a"], "", (text) => text)).toEqual(["b", "a"]);
  });
});

describe("models", () => {
  const model = { name: "heron-l", title: "Heron Large", abilities: { vision: true, contextTokens: 1_500_000 }, price: { inputMicroUsd: 250_000, outputMicroUsd: 10_000_000 } };
  it("tell what they can do and cost", () => {
    expect(badgesOf(model)).toEqual(["Vision", "1.5M context"]);
    expect(priceOf(model)).toBe("$0.25 in · $10.00 out");
    expect(priceOf({ ...model, price: null })).toBeNull();
    expect(priceOf({ ...model, price: { inputMicroUsd: 0, outputMicroUsd: 0 } })).toBe("Free");
  });
  it("are found by every word of a search", () => {
    const other = { ...model, name: "owl", title: "Owl large" };
    expect(matching([model, other], "large").map(({ name }) => name)).toEqual(["heron-l", "owl"]);
    expect(matching([model, other], "large owl").map(({ name }) => name)).toEqual(["owl"]);
    expect(matching([other, model], "her").map(({ name }) => name)).toEqual(["heron-l"]);
  });
});

describe("files", () => {
  it("are declared as what they are, and sized for people", () => {
    expect(declaredType("a.ts", "video/mp2t")).toBe("application/octet-stream");
    expect(declaredType("a.mp4", "video/mp4")).toBe("video/mp4");
    expect(declaredType("a", "")).toBe("application/octet-stream");
    expect([0, 1023, 1024, 1536, 10 * 1024, 999_999, 5 * 1024 * 1024].map(sizeOf)).toEqual(["0 B", "1023 B", "1 KB", "1.5 KB", "10 KB", "977 KB", "5 MB"]);
  });
});

describe("what is taken away", () => {
  it("is CSV with its quotes", () => {
    expect(csvOf([["a", "b,c"], ['say "x"', "two\nlines"]])).toBe('a,"b,c"\r\n"say ""x""","two\nlines"\r\n');
  });
  it("is the last block of code", () => {
    expect(lastCode("```js\none\n```\n\ntext\n\n~~~\ntwo\nlines\n~~~\n")).toBe("two\nlines");
    expect(lastCode("no code")).toBeNull();
  });
  it("has a name by its language", () => {
    expect(fileName("Python")).toBe("code.py");
    expect(fileName("klingon")).toBe("code.txt");
  });
});

describe("previews", () => {
  it("are for pages, drawings and diagrams alone", () => {
    expect(previewKind("html", "")).toBe("html");
    expect(previewKind("xml", "<?xml version='1.0'?>\n<svg viewBox='0 0 1 1'/>")).toBe("svg");
    expect(previewKind("xml", "<note/>")).toBeNull();
    expect(previewKind("js", "<svg>")).toBeNull();
  });
});

describe("the log of a long conversation", () => {
  const message = (id: string, seq: number, status: Message["status"], parentId: string | null = null) => ({ id, seq, status, parentId }) as Message;
  it("is read on from before everything that has not ended", () => {
    const many = Array.from({ length: 100 }, (_, at) => message(`m${at}`, at + 1, "completed"));
    expect(boundary(many)).toBe(61);
    const open = many.map((one) => (one.id === "m21" ? { ...one, status: "running" as const, parentId: "m20" } : one));
    expect(boundary(open)).toBe(21);
    expect(boundary([])).toBe(1);
  });
});

describe("small things", () => {
  it("read the time of an id", () => {
    expect(timeOfId("01a1fd76-5467-74ab-8000-00046e04e1ab").slice(0, 4)).toBe("2026");
    expect(timeOfId("a1")).toBe("");
  });
  it("count seconds down to nothing", () => {
    expect([null, 900, 1000, 2001].map((at) => secondsUntil(at, 1000))).toEqual([0, 0, 0, 2]);
  });
  it("know a newer page by its script", () => {
    const page = (name: string) => `<script type="module" crossorigin src="/assets/${name}.js"></script>`;
    expect(isNewer(page("index-b"), "/assets/index-a.js")).toBe(true);
    expect(isNewer(page("index-a"), "/assets/index-a.js")).toBe(false);
    expect(isNewer("<h1>Maintenance</h1>", "/assets/index-a.js")).toBe(false);
  });
});
