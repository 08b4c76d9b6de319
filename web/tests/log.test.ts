// The reducer over the log, and what is shown of it.
import { describe, expect, it } from "vitest";
import { apply, applyAll, empty, type LogState, order, running, shorten, titleOf } from "../src/chat/log";
import { choicesFor, rows } from "../src/chat/rows";
import type { Event, Message, Numbered, Status } from "../src/protocol";

const message = (id: string, content: string, clientMessageId: string | null = null, parentId: string | null = null): Message => ({
  id,
  role: "user",
  content,
  parts: [{ type: "text", text: content }],
  status: "completed",
  seq: 0,
  parentId,
  clientMessageId,
  model: null,
  usage: null,
  error: null,
  attachments: [],
  createdAt: "2026-11-21T08:00:00Z",
});
const turn = (id: string, parentId: string, status: Status): Event => ({
  type: "turn.created",
  turn: { id, messageId: id, parentId, status, model: "offline" },
});
const ended = (turnId: string, status: Status, error: string | null = null): Event => ({
  type: "turn.ended",
  turnId,
  status,
  finishReason: "stop",
  usage: null,
  error,
});
const log = (...events: Event[]): Numbered[] => events.map((event, at) => ({ seq: at + 1, event }));

const conversation = log(
  { type: "conversation.created", conversationId: "c", title: "New Conversation", model: "offline" },
  { type: "message.created", message: message("u1", "Hello there", "k1") },
  turn("a1", "u1", "running"),
  { type: "message.delta", messageId: "a1", text: "Hi" },
  { type: "message.created", message: message("u2", "And then?", "k2", "a1") },
  turn("a2", "u2", "queued"),
  { type: "message.delta", messageId: "a1", text: " you" },
  ended("a1", "completed"),
  { type: "turn.started", turnId: "a2" },
  { type: "message.delta", messageId: "a2", text: "Then" },
  ended("a2", "failed", "The model went away."),
  { type: "conversation.updated", title: "Greetings" },
);

describe("order", () => {
  it("tells the next event from those that were seen and those after a gap", () => {
    expect(order(0, 1)).toBe("next");
    expect(order(7, 8)).toBe("next");
    expect(order(7, 7)).toBe("seen");
    expect(order(7, 1)).toBe("seen");
    expect(order(7, 9)).toBe("gap");
  });
});

describe("apply", () => {
  it("builds the conversation", () => {
    const state = applyAll(empty, conversation);
    expect(state.last).toBe(12);
    expect(state.title).toBe("Greetings");
    expect(state.messages.map(({ id, content, status, error }) => [id, content, status, error])).toEqual([
      ["u1", "Hello there", "completed", null],
      ["a1", "Hi you", "completed", null],
      ["u2", "And then?", "completed", null],
      ["a2", "Then", "failed", "The model went away."],
    ]);
  });

  it("comes to the same one by one, in any batches, and with repeats", () => {
    const whole = applyAll(empty, conversation);
    expect(conversation.reduce(apply, empty)).toEqual(whole);
    for (let cut = 0; cut <= conversation.length; cut++) {
      for (let back = 0; back <= cut; back++) {
        const first = applyAll(empty, conversation.slice(0, cut));
        expect(applyAll(first, conversation.slice(back))).toEqual(whole);
      }
    }
  });

  it("changes nothing for an event that was seen or that leaves a gap", () => {
    const state = applyAll(empty, conversation.slice(0, 4));
    expect(apply(state, conversation[3] as Numbered)).toBe(state);
    expect(apply(state, conversation[5] as Numbered)).toBe(state);
  });

  it("does not change the state that it was given", () => {
    const state = applyAll(empty, conversation.slice(0, 4));
    const copy = structuredClone(state);
    applyAll(state, conversation.slice(4));
    expect(state).toEqual(copy);
  });

  it("follows a call of a tool, a vote and a deletion", () => {
    const asked = message("q", "sum?");
    const tool = { messageId: "a", toolCallId: "c" };
    const events: Event[] = [
      { type: "message.created", message: asked },
      turn("a", "q", "running"),
      { type: "tool.called", ...tool, toolName: "calculator", input: { expression: "1+1" } },
      { type: "approval.requested", ...tool },
    ];
    const numbered = events.map((event, at) => ({ seq: at + 1, event }));
    const waiting = applyAll(empty, numbered);
    expect(waiting.messages[1]?.tools).toEqual([{ toolCallId: "c", toolName: "calculator", state: "approval-requested", input: { expression: "1+1" } }]);
    const done = applyAll(waiting, [
      { seq: 5, event: { type: "approval.decided", ...tool, approved: true } },
      { seq: 6, event: { type: "tool.finished", ...tool, state: "output-available", output: { result: "2" }, durationMs: 1 } },
      { seq: 7, event: { type: "message.voted", messageId: "a", vote: { value: "up" } } },
    ]);
    expect(done.messages[1]?.tools[0]).toMatchObject({ state: "output-available", output: { result: "2" } });
    expect(rows(done, [])[1]).toMatchObject({ vote: "up" });
    expect(apply(done, { seq: 8, event: { type: "message.deleted", messageId: "q" } }).messages).toEqual([]);
  });

  it("counts events that it does not know, and deltas of messages that it does not know", () => {
    const unknown = { seq: 1, event: { type: "message.liked", by: "x" } as unknown as Event };
    const state = applyAll(empty, [unknown, { seq: 2, event: { type: "message.delta", messageId: "?", text: "x" } }]);
    expect(state).toEqual({ last: 2, title: null, model: null, modelAt: 0, messages: [], missing: 0 });
  });

  it("keeps messages that do not change the same objects", () => {
    const before = applyAll(empty, conversation.slice(0, 6));
    const after = apply(before, conversation[6] as Numbered);
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages[1]).not.toBe(before.messages[1]);
  });
});

describe("rows", () => {
  const at = (count: number): LogState => applyAll(empty, conversation.slice(0, count));

  it("marks a message whose turn is queued and hides the answer that has not begun", () => {
    const shown = rows(at(7), []);
    expect(shown.map(({ id, status }) => [id, status])).toEqual([
      ["u1", "completed"],
      ["a1", "running"],
      ["u2", "queued"],
    ]);
    expect(shown[2]?.queuedTurn).toBe("a2");
    expect(running(at(7))?.id).toBe("a1");
  });

  it("shows unsent messages after the log, until the log has them, under the same key", () => {
    const unsent = [{ clientMessageId: "k2", text: "And then?", error: null }];
    const before = rows(at(4), unsent);
    expect(before.at(-1)).toMatchObject({ key: "k2", text: "And then?", status: "sending", seq: null });
    const after = rows(at(5), unsent);
    expect(after.filter(({ key }) => key === "k2")).toHaveLength(1);
    expect(after.at(-1)).toMatchObject({ key: "k2", id: "u2", status: "completed" });
  });

  it("shows why a message was refused", () => {
    const shown = rows(empty, [{ clientMessageId: "k", text: "x", error: "Too many." }]);
    expect(shown[0]).toMatchObject({ status: "failed", error: "Too many." });
  });

  it("hides an answer that was superseded before it began", () => {
    const state = applyAll(empty, [...conversation.slice(0, 3), { seq: 4, event: ended("a1", "superseded") }]);
    expect(rows(state, []).map(({ id }) => id)).toEqual(["u1"]);
  });

  // u1 → a1 → u2 → a2, a2b; beside u2 an edit u2b → a3.
  const branched = applyAll(empty, [
    ...conversation,
    ...[turn("a2b", "u2", "running"), ended("a2b", "completed"), { type: "message.created", message: message("u2b", "Or else?", null, "a1") } as Event, turn("a3", "u2b", "running")].map(
      (event, at) => ({ seq: conversation.length + 1 + at, event }),
    ),
  ]);
  const shown = (choices?: ReadonlyMap<string | null, string>) => rows(branched, [], choices).map(({ id }) => id);

  it("shows the branch of the newest message, and how many versions there are", () => {
    expect(shown()).toEqual(["u1", "a1", "u2b", "a3"]);
    expect(rows(branched, [])[2]?.versions).toEqual(["u2", "u2b"]);
  });

  it("shows the branch that was chosen, down to its newest message", () => {
    expect(shown(new Map([["a1", "u2"]]))).toEqual(["u1", "a1", "u2", "a2b"]);
    expect(shown(choicesFor(branched.messages, "a2", new Map()))).toEqual(["u1", "a1", "u2", "a2"]);
  });

  it("puts an edit in the place of what it replaces until it has arrived", () => {
    const edit = { clientMessageId: "k", text: "Hello again", error: null, replaces: { id: "u1", parentId: null, after: 16 } };
    expect(rows(branched, [edit]).map(({ key }) => key)).toEqual(["k"]);
    const arrived = applyAll(branched, [{ seq: 17, event: { type: "message.created", message: { ...message("u1b", "Hello again"), seq: 17 } } }]);
    expect(rows(arrived, [edit]).map(({ id }) => id)).toEqual(["u1b"]);
  });

  it("shows the end of a conversation whose beginning is not read", () => {
    const end = { ...branched, messages: branched.messages.slice(2), missing: 5 };
    expect(rows(end, []).map(({ id }) => id)).toEqual(["u2b", "a3"]);
    expect(rows(end, [], new Map([["a1", "u2"]])).map(({ id }) => id)).toEqual(["u2", "a2b"]);
  });

  it("adds no words to a message that was read whole", () => {
    const sealed = { ...empty, last: 3, missing: 1, messages: at(8).messages.map((message) => ({ ...message, sealed: true })) };
    expect(apply(sealed, { seq: 4, event: { type: "message.delta", messageId: "a1", text: "Hi" } }).messages[1]?.content).toBe("Hi you");
  });

  it("ends with a log whose message follows itself", () => {
    const odd = applyAll(empty, log(turn("x", "x", "running")));
    expect(rows(odd, [])).toEqual([]);
  });
});

describe("titleOf", () => {
  it("is the server's title, else the beginning of the first message", () => {
    expect(titleOf(applyAll(empty, conversation), [])).toBe("Greetings");
    expect(titleOf(applyAll(empty, conversation.slice(0, 5)), [])).toBe("Hello there");
    expect(titleOf(empty, [{ text: "Not sent\nyet" }])).toBe("Not sent");
    expect(titleOf(empty, [])).toBeNull();
  });

  it("cuts at a word, never within a character", () => {
    expect(shorten("one two three four", 12)).toBe("one two…");
    expect(shorten("😀".repeat(10), 3)).toBe("😀😀😀…");
    expect(shorten("  a\t b \n c")).toBe("a b");
  });
});

describe("a summary for the model", () => {
  it("stands at the last message that it covers, until something of it is deleted", () => {
    const state = applyAll(empty, conversation);
    const compacted = (seq: number, summary: string) => ({ seq, event: { type: "context.compacted", messageId: "a1", summary, tokensBefore: 9, tokensAfter: 2 } }) as unknown as Numbered;
    const told = apply(state, compacted(state.last + 1, "They plan."));
    expect(rows(told, []).map(({ id, compaction }) => [id, compaction?.summary])).toContainEqual(["a1", "They plan."]);
    const gone = apply(told, compacted(told.last + 1, ""));
    expect(rows(gone, []).every(({ compaction }) => compaction === null)).toBe(true);
  });
});

describe("who answers", () => {
  it("is whom the conversation names from then on, and an event without a model changes nothing", () => {
    const state = applyAll(empty, conversation);
    const named = apply(state, { seq: state.last + 1, event: { type: "conversation.updated", title: "T", model: "heron", details: {} } });
    expect([named.model, named.modelAt]).toEqual(["heron", state.last + 1]);
    const titled = apply(named, { seq: named.last + 1, event: { type: "conversation.updated", title: "U" } });
    expect([titled.title, titled.model, titled.modelAt]).toEqual(["U", "heron", named.modelAt]);
  });
});
