// Messages on their way: nothing lost, nothing doubled.
import { beforeEach, describe, expect, it } from "vitest";
import { type Entry, isOutboxKey, Outbox } from "../src/chat/outbox";
import type { Store } from "../src/storage";

class Memory implements Store {
  readonly map = new Map<string, string>();
  full = false;
  get length() {
    return this.map.size;
  }
  key = (at: number) => [...this.map.keys()][at] ?? null;
  getItem = (key: string) => this.map.get(key) ?? null;
  setItem = (key: string, value: string) => {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.map.set(key, value);
  };
  removeItem = (key: string) => void this.map.delete(key);
}

const entry = (clientMessageId: string, chat: string, at: number): Entry => ({
  clientMessageId,
  chat,
  text: `text of ${clientMessageId}`,
  at,
  error: null,
});

let store: Memory;
let outbox: Outbox;
beforeEach(() => {
  store = new Memory();
  outbox = new Outbox(store);
});

describe("Outbox", () => {
  it("gives a chat's messages in the order in which they were written", () => {
    outbox.put(entry("b", "c1", 2));
    outbox.put(entry("a", "c1", 1));
    outbox.put(entry("x", "c2", 0));
    expect(outbox.of("c1").map(({ clientMessageId }) => clientMessageId)).toEqual(["a", "b"]);
  });

  it("survives the page", () => {
    outbox.put(entry("a", "c1", 1));
    expect(new Outbox(store).of("c1")).toEqual([entry("a", "c1", 1)]);
  });

  it("two pages that write at once keep both messages", () => {
    const other = new Outbox(store);
    outbox.put(entry("a", "c1", 1));
    other.put(entry("b", "c1", 2));
    outbox.remove("a");
    expect(other.of("c1").map(({ clientMessageId }) => clientMessageId)).toEqual(["b"]);
  });

  it("does not bring back what another page delivered", () => {
    outbox.put(entry("a", "c1", 1));
    new Outbox(store).remove("a");
    outbox.change("a", { error: "late" });
    expect(outbox.all()).toEqual([]);
  });

  it("hands a planned chat's messages over to its conversation", () => {
    outbox.put(entry("a", "new:1", 1));
    outbox.put(entry("b", "new:2", 2));
    outbox.move("new:1", "c1");
    expect(outbox.of("new:1")).toEqual([]);
    expect(outbox.of("c1")).toEqual([{ ...entry("a", "new:1", 1), chat: "c1" }]);
    expect(outbox.of("new:2")).toHaveLength(1);
  });

  it("keeps a message that a full storage does not take for as long as the page lives", () => {
    store.full = true;
    outbox.put(entry("a", "c1", 1));
    expect(outbox.of("c1")).toHaveLength(1);
    outbox.change("a", { error: "no" });
    expect(outbox.get("a")?.error).toBe("no");
    outbox.remove("a");
    expect(outbox.all()).toEqual([]);
  });

  it("passes over what it cannot read, and what is not its own", () => {
    store.setItem("edgewise.outbox.bad", "{");
    store.setItem("edgewise.outbox.odd", '{"clientMessageId":1}');
    store.setItem("edgewise.draft.c1", "words");
    outbox.put(entry("a", "c1", 1));
    expect(outbox.all()).toHaveLength(1);
    expect(isOutboxKey("edgewise.draft.c1")).toBe(false);
    expect(isOutboxKey("edgewise.outbox.a")).toBe(true);
  });
});
