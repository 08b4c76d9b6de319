// The state of a conversation: a pure reducer over the numbered events of its log.
import type { Event, Message, Numbered, Status } from "../protocol";

export interface LogState {
  /** The number of the newest event that is in this state. */
  readonly last: number;
  readonly title: string | null;
  /** Users' messages and answers, in the order of the log. */
  readonly messages: readonly Message[];
}

export const empty: LogState = { last: 0, title: null, messages: [] };

/** What to do with event `seq` when `last` is the newest one seen. */
export function order(last: number, seq: number): "next" | "seen" | "gap" {
  if (seq <= last) return "seen";
  return seq === last + 1 ? "next" : "gap";
}

/** The state after one more event. Events that were seen, and those after a gap, change nothing. */
export const apply = (state: LogState, numbered: Numbered): LogState => applyAll(state, [numbered]);

/** The same for many events; copies the list of messages once. */
export function applyAll(state: LogState, events: readonly Numbered[]): LogState {
  let { last, title } = state;
  const messages = [...state.messages];
  for (const { seq, event } of events) {
    if (order(last, seq) !== "next") continue;
    last = seq;
    if (event.type === "conversation.created" || event.type === "conversation.updated") title = event.title;
    else fold(messages, seq, event);
  }
  return last === state.last ? state : { last, title, messages };
}

function fold(messages: Message[], seq: number, event: Event): void {
  switch (event.type) {
    case "message.created":
      messages.push(event.message);
      break;
    case "turn.created": {
      const { messageId, parentId, status, model } = event.turn;
      messages.push({
        id: messageId,
        role: "assistant",
        content: "",
        parts: [],
        status,
        seq,
        parentId,
        clientMessageId: null,
        model,
        usage: null,
        error: null,
        attachments: [],
        createdAt: "",
      });
      break;
    }
    case "turn.started":
      change(messages, event.turnId, () => ({ status: "running" }));
      break;
    case "message.delta":
      change(messages, event.messageId, ({ content }) => ({ content: content + event.text }));
      break;
    case "turn.ended":
      change(messages, event.turnId, () => ({ status: event.status, usage: event.usage, error: event.error }));
      break;
    default: // A kind that a newer server knows.
  }
}

// The message that changes is nearly always the last one.
function change(messages: Message[], id: string, changed: (message: Message) => Partial<Message>): void {
  const at = messages.findLastIndex((message) => message.id === id);
  const message = messages[at];
  if (message) messages[at] = { ...message, ...changed(message) };
}

/** The answer under way, if any. */
export const running = (state: LogState): Message | undefined =>
  state.messages.findLast((message) => message.role === "assistant" && message.status === "running");

/** A message of which the log does not know yet. */
export interface Unsent {
  clientMessageId: string;
  text: string;
  /** Why the server refused it; `null` while it is on its way. */
  error: string | null;
}

/** A message as it is shown. */
export interface Row {
  /** Stays the same when an optimistic message becomes a real one. */
  key: string;
  id: string;
  role: Message["role"];
  text: string;
  status: Status | "sending";
  /** `null` while the message is not in the log. */
  seq: number | null;
  error: string | null;
  createdAt: string;
  /** The turn that waits to answer this message. */
  queuedTurn: string | null;
}

/** What the page shows: the log, then what is still on its way to it. */
export function rows(state: LogState, outbox: readonly Unsent[]): Row[] {
  const queued = new Map<string, string>();
  const known = new Set<string>();
  for (const { id, role, status, parentId, clientMessageId } of state.messages) {
    if (role === "assistant" && status === "queued" && parentId) queued.set(parentId, id);
    if (clientMessageId) known.add(clientMessageId);
  }
  const shown: Row[] = [];
  for (const message of state.messages) {
    const answer = message.role === "assistant";
    if (message.status === "superseded" || (answer && message.status === "queued")) continue;
    const queuedTurn = queued.get(message.id) ?? null;
    shown.push({
      key: message.clientMessageId ?? message.id,
      id: message.id,
      role: message.role,
      text: message.content,
      status: queuedTurn ? "queued" : message.status,
      seq: message.seq,
      error: message.error,
      createdAt: message.createdAt,
      queuedTurn,
    });
  }
  for (const { clientMessageId, text, error } of outbox) {
    if (known.has(clientMessageId)) continue;
    shown.push({
      key: clientMessageId,
      id: clientMessageId,
      role: "user",
      text,
      status: error === null ? "sending" : "failed",
      seq: null,
      error,
      createdAt: "",
      queuedTurn: null,
    });
  }
  return shown;
}

const UNTITLED = "New Conversation";

/** The title to show: the server's, or the beginning of the first message until it has one. */
export function titleOf(state: LogState, outbox: readonly Unsent[]): string | null {
  if (state.title && state.title !== UNTITLED) return state.title;
  const first = state.messages.find((message) => message.role === "user")?.content ?? outbox[0]?.text;
  return first ? shorten(first) : null;
}

/** The first line of a text, cut at a word. */
export function shorten(text: string, limit = 60): string {
  const line = text.trim().split("\n", 1)[0]?.replace(/\s+/g, " ").trim() ?? "";
  const points = [...line];
  if (points.length <= limit) return line;
  const cut = points.slice(0, limit).join("");
  const space = cut.lastIndexOf(" ");
  return `${(space > limit / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

export const isUntitled = (title: string): boolean => title === UNTITLED;
