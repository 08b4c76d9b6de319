// What `/` and `@` ask for in the message box, and what takes their place.
import { describe, expect, it } from "vitest";
import { askedAt, replaced } from "../src/chat/completion";
import { chosen } from "../src/chat/tools-menu";
import { filled } from "../src/library";

const at = (marked: string) => askedAt(marked.replace("|", ""), marked.indexOf("|"));

describe("askedAt", () => {
  it("knows a prompt where the text begins, and nowhere else", () => {
    expect(at("/|")).toMatchObject({ kind: "prompt", query: "" });
    expect(at("/sum-1|")).toMatchObject({ kind: "prompt", query: "sum-1", from: 0, to: 6 });
    expect([at("a /sum|"), at("/etc/hosts|"), at("/sum it|"), at("|")]).toEqual([null, null, null, null]);
  });
  it("knows a model or an agent where a word begins, in any script", () => {
    expect(at("数一数 @研究|")).toMatchObject({ kind: "model", query: "研究" });
    expect(at("ask @her| now")).toMatchObject({ kind: "model", query: "her", from: 4, to: 8 });
    expect(at("@|")).toMatchObject({ kind: "model", from: 0, to: 1 });
    expect([at("ann@example|"), at("@ann |")]).toEqual([null, null]);
  });
  it("knows a file where a word begins, and no heading", () => {
    expect(at("as in #no.t|")).toMatchObject({ kind: "file", query: "no.t", from: 6, to: 11 });
    expect(at("#|")).toMatchObject({ kind: "file", query: "" });
    expect([at("# Title|"), at("##|"), at("a#b|")]).toEqual([null, null, null]);
  });
  it("is replaced, and the rest stays", () => {
    const text = "ask @her now";
    expect(replaced(text, { kind: "model", query: "her", from: 4, to: 8 }, "X")).toEqual({ text: "ask X now", caret: 5 });
  });
});

describe("a prompt", () => {
  it("is filled in; what was left empty can still be", () => {
    expect(filled("{{a}} and {{ b }} and {{a}}", { a: "$&", b: " " })).toBe("$& and {{ b }} and $&");
  });
});

describe("tools of a chat", () => {
  it("are told where they are other than the deployment has it", () => {
    const tool = (name: string, enabled: boolean) => ({ name, title: name, description: "", asks: false, enabled });
    const all = [tool("a", true), tool("b", false)];
    expect(chosen(all, {}, "a", false)).toEqual({ a: false });
    expect(chosen(all, { a: false }, "a", true)).toEqual({});
    expect(chosen(all, { a: false }, "b", true)).toEqual({ a: false, b: true });
  });
});
