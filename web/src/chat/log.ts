// The state of a conversation: a pure reducer over the numbered events of its log.
import type { Event, Message, Numbered, RerouteReason, ToolPart, Vote } from "../protocol";

/** Where another provider went on with an answer. */
export interface Seam {
  /** Length of the text before it. */
  at: number;
  provider: string;
  model: string;
  reason: RerouteReason;
}

/** For the model, the branch up to a message is this summary. */
export interface Compaction {
  summary: string;
  tokensBefore: number;
  tokensAfter: number;
}

/** A message of the log, with what only the log tells of an answer. */
export interface LogMessage extends Omit<Message, "vote"> {
  reasoning: string;
  seams: readonly Seam[];
  tools: readonly ToolPart[];
  finishReason: string | null;
  vote: Vote | null;
  compaction?: Compaction | null;
  /** Questions to go on with. */
  suggestions?: string[];
  /** It was read whole, as a message: events about its words are older than it. */
  sealed?: boolean;
}

export interface LogState {
  /** The number of the newest event that is in this state. */
  readonly last: number;
  readonly title: string | null;
  /** The model of the conversation: who answers unless a message names another. */
  readonly model: string | null;
  /** The event that named it: answers of another model after that were asked for by name. */
  readonly modelAt: number;
  /** Users' messages and answers, in the order of the log. */
  readonly messages: readonly LogMessage[];
  /** Messages up to this event have not been read; 0 when all have. */
  readonly missing: number;
}

export const empty: LogState = { last: 0, title: null, model: null, modelAt: 0, messages: [], missing: 0 };

/** What to do with event `seq` when `last` is the newest one seen. */
export function order(last: number, seq: number): "next" | "seen" | "gap" {
  if (seq <= last) return "seen";
  return seq === last + 1 ? "next" : "gap";
}

/** The state after one more event. Events that were seen, and those after a gap, change nothing. */
export const apply = (state: LogState, numbered: Numbered): LogState => applyAll(state, [numbered]);

/** The same for many events; copies the list of messages once. */
export function applyAll(state: LogState, events: readonly Numbered[]): LogState {
  let { last, title, model, modelAt } = state;
  const messages = [...state.messages];
  for (const { seq, event } of events) {
    if (order(last, seq) !== "next") continue;
    last = seq;
    if (event.type === "conversation.created") ({ title, model } = event);
    else if (event.type === "conversation.updated") {
      ({ title } = event);
      if (event.model !== undefined && event.model !== model) [model, modelAt] = [event.model, seq];
    } else fold(messages, seq, event);
  }
  return last === state.last ? state : { ...state, last, title, model, modelAt, messages };
}

/** When something was made: the first 48 bits of its id are a clock. */
export function timeOfId(id: string): string {
  const at = Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) && at > 0 ? new Date(at).toISOString() : "";
}

const answered = { reasoning: "", seams: [], tools: [], finishReason: null, vote: null };

function fold(messages: LogMessage[], seq: number, event: Event): void {
  switch (event.type) {
    case "message.created":
      messages.push({ ...event.message, ...answered });
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
        createdAt: timeOfId(messageId),
        ...answered,
      });
      break;
    }
    case "turn.started":
      change(messages, event.turnId, () => ({ status: "running" }));
      break;
    case "message.delta":
      change(messages, event.messageId, ({ content, sealed }) => (sealed ? {} : { content: content + event.text }));
      break;
    case "message.reasoning":
      change(messages, event.messageId, ({ reasoning, sealed }) => (sealed ? {} : { reasoning: reasoning + event.text }));
      break;
    case "turn.rerouted": {
      const { at, provider, model, reason } = event;
      change(messages, event.turnId, ({ seams }) => ({ seams: [...seams, { at, provider, model, reason }] }));
      break;
    }
    case "tool.called": {
      const { toolCallId, toolName, input } = event;
      const called: ToolPart = { toolCallId, toolName, state: "input-available", input };
      change(messages, event.messageId, ({ tools, sealed }) => (sealed ? {} : { tools: [...tools.filter((one) => one.toolCallId !== toolCallId), called] }));
      break;
    }
    case "approval.requested":
      changeTool(messages, event, { state: "approval-requested" });
      break;
    case "approval.decided":
      if (event.approved) changeTool(messages, event, { state: "approval-responded" });
      break;
    case "tool.finished": {
      const { state, output, errorText, durationMs } = event;
      changeTool(messages, event, { state, output, durationMs, ...(errorText === undefined ? {} : { errorText }) });
      break;
    }
    case "message.voted": {
      const { vote } = event;
      change(messages, event.messageId, () => ({ vote }));
      break;
    }
    case "context.compacted": {
      const { summary, tokensBefore, tokensAfter } = event;
      // It is empty once something of what it says was deleted.
      change(messages, event.messageId, () => ({ compaction: summary ? { summary, tokensBefore, tokensAfter } : null }));
      break;
    }
    case "suggestions.created":
      change(messages, event.messageId, () => ({ suggestions: event.suggestions }));
      break;
    case "message.deleted":
      prune(messages, event.messageId);
      break;
    case "turn.ended": {
      const { status, usage, error, finishReason } = event;
      change(messages, event.turnId, () => ({ status, usage, error, finishReason }));
      break;
    }
    default: // A kind that a newer server knows.
  }
}

// The message that changes is nearly always the last one.
function change(messages: LogMessage[], id: string, changed: (message: LogMessage) => Partial<LogMessage>): void {
  const at = messages.findLastIndex((message) => message.id === id);
  const message = messages[at];
  if (message) messages[at] = { ...message, ...changed(message) };
}

function changeTool(messages: LogMessage[], { messageId, toolCallId }: { messageId: string; toolCallId: string }, changed: Partial<ToolPart>): void {
  change(messages, messageId, ({ tools, sealed }) =>
    sealed ? {} : { tools: tools.map((tool) => (tool.toolCallId === toolCallId ? { ...tool, ...changed } : tool)) },
  );
}

/** Takes a message away, and all that follow it: a message comes after the one that it follows. */
function prune(messages: LogMessage[], id: string): void {
  const gone = new Set([id]);
  for (const message of messages) if (message.parentId !== null && gone.has(message.parentId)) gone.add(message.id);
  const left = messages.filter((message) => !gone.has(message.id));
  messages.splice(0, messages.length, ...left);
}

/** The answer under way, if any. */
export const running = (state: LogState): LogMessage | undefined =>
  state.messages.findLast((message) => message.role === "assistant" && message.status === "running");

const UNTITLED = "New Conversation";

/** The title to show: the server's, or the beginning of the first message until it has one. */
export function titleOf(state: LogState, unsent: readonly { text: string }[]): string | null {
  if (state.title && state.title !== UNTITLED) return state.title;
  const first = state.messages.find((message) => message.role === "user")?.content ?? unsent[0]?.text;
  return first ? shorten(first) : null;
}

/** The first line of a text, cut at a word. */
export function shorten(text: string, limit = 60): string {
  // It is asked for with every piece of an answer: of a long text only the beginning is read.
  const line = text.trimStart().slice(0, limit * 20).split("\n", 1)[0]?.replace(/\s+/g, " ").trim() ?? "";
  const points = [...line];
  if (points.length <= limit) return line;
  const cut = points.slice(0, limit).join("");
  const space = cut.lastIndexOf(" ");
  return `${(space > limit / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

export const isUntitled = (title: string): boolean => title === UNTITLED;
