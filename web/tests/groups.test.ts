// How the list of conversations is narrowed, corrected by what was just changed, and grouped.
import { describe, expect, it } from "vitest";
import { type Change, corrected, grouped, groupOf, marked, matches, tagsOf } from "../src/chat/groups";
import { parametersOf, writtenOf } from "../src/chat/parameters";
import type { Conversation } from "../src/protocol";

const item = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  title: id,
  systemPrompt: null,
  model: "m",
  preview: "",
  messageCount: 1,
  lastSeq: 1,
  createdAt: "2026-11-21T08:00:00Z",
  updatedAt: `2026-11-21T08:00:0${id.length}Z`,
  ...more,
});
const ids = (items: readonly Conversation[]) => items.map(({ id }) => id);

describe("groupOf", () => {
  const now = new Date(2026, 10, 21, 0, 30);
  const ago = (days: number, hours = 0) => new Date(2026, 10, 21 - days, 12 - hours).toISOString();

  it("counts days of the calendar, not hours", () => {
    expect(groupOf(new Date(2026, 10, 21, 0, 10).toISOString(), now)).toBe("Today");
    expect(groupOf(new Date(2026, 10, 20, 23, 50).toISOString(), now)).toBe("Yesterday");
    expect(groupOf(ago(2), now)).toBe("Previous 7 days");
    expect(groupOf(ago(7), now)).toBe("Previous 7 days");
    expect(groupOf(ago(8), now)).toBe("Previous 30 days");
    expect(groupOf(new Date(2026, 7, 1).toISOString(), now)).toMatch(/2026/);
  });

  it("takes a clock that is ahead for today", () => {
    expect(groupOf(ago(-3), now)).toBe("Today");
    expect(groupOf("not a date", now)).toBe("Today");
  });

  it("puts what is pinned first", () => {
    const groups = grouped([item("a"), item("b", { pinned: true })], new Date("2026-11-21T12:00:00Z"));
    expect(groups.map(([name, members]) => [name, ids(members)])).toEqual([["Pinned", ["b"]], ["Today", ["a"]]]);
  });
});

describe("a narrowed list", () => {
  it("leaves the archive out unless it is asked for", () => {
    const old = item("a", { archived: true, folder: "Work", tags: ["x"] });
    expect([matches(old, {}), matches(old, { archived: true }), matches(item("a"), { archived: true })]).toEqual([false, true, false]);
    expect([matches(item("a", { folder: "Work" }), { folder: "Work" }), matches(item("a"), { folder: "Work" })]).toEqual([true, false]);
    expect([matches(item("a", { tags: ["x", "y"] }), { tag: "y" }), matches(item("a"), { tag: "y" })]).toEqual([true, false]);
  });
});

describe("a change that the list does not show yet", () => {
  const changes = (id: string, marks: Change["marks"], until = 100) => new Map([[id, { item: item(id), marks, until }]]);

  it("is shown, and forgotten once the server's list has it", () => {
    const archive = changes("a", { archived: true });
    expect(ids(corrected([item("a"), item("b")], archive, {}, true, 0))).toEqual(["b"]);
    expect(archive.size).toBe(1);
    expect(ids(corrected([item("b")], archive, { archived: true }, true, 0))).toEqual(["a"]);
    corrected([item("a", { archived: true })], archive, { archived: true }, true, 0);
    expect(archive.size).toBe(0);
  });

  it("comes back from the archive where its time puts it, and lapses", () => {
    const back = changes("bb", { archived: false });
    expect(ids(corrected([item("ccc"), item("a")], back, {}, true, 0))).toEqual(["ccc", "bb", "a"]);
    // Beyond the end of a list that goes on, it is not known where it stands.
    expect(ids(corrected([item("ccc")], back, {}, false, 0))).toEqual(["ccc"]);
    expect(ids(corrected([item("ccc")], back, {}, true, 101))).toEqual(["ccc"]);
    expect(back.size).toBe(0);
  });

  it("takes a folder away with an empty name", () => {
    expect(marked(item("a", { folder: "Work" }), { folder: "" })).not.toHaveProperty("folder");
    expect(marked(item("a", { folder: "Work" }), { pinned: true })).toMatchObject({ folder: "Work", pinned: true });
  });
});

describe("what people write into fields", () => {
  it("becomes tags, each once", () => {
    expect(tagsOf(" a, b,,a、c ")).toEqual(["a", "b", "c"]);
    expect(tagsOf(Array.from({ length: 30 }, (_, at) => at).join())).toHaveLength(20);
  });

  it("becomes parameters, and what is empty is the provider's", () => {
    expect(parametersOf({ temperature: "0.5", maxTokens: "", reasoningEffort: "low" })).toEqual({ temperature: 0.5, reasoningEffort: "low" });
    expect(parametersOf(writtenOf({}))).toEqual({});
    expect(parametersOf(writtenOf({ temperature: 0, maxTokens: 9 }))).toEqual({ temperature: 0, maxTokens: 9 });
  });
});
