// Long conversations: the end of one is read as messages, the newest events as the log, and what is older when it is asked for.
import type { Conversation } from "../api/schema";
import { call } from "../api/session";
import type { Message } from "../protocol";
import type { LogMessage, LogState } from "./log";

/** Shorter ones are read from the beginning of their log. */
export const LONG_MESSAGES = 300;
const PAGE = 200;
/** So many messages at the end come from the log, which tells more of them. */
const FROM_LOG = 40;

const kept = (message: Message): LogMessage => ({
  ...message,
  reasoning: message.parts.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])).join(""),
  seams: [],
  tools: message.parts.flatMap(({ ...part }) => (part.type === "dynamic-tool" ? [part] : [])),
  finishReason: null,
  vote: message.vote ?? null,
  sealed: true,
});

/** Messages after event `after` and before `before`, in their order. */
async function between(id: string, after: number, before: number): Promise<Message[]> {
  const found: Message[] = [];
  let cursor: string | null = String(after);
  while (cursor) {
    const page = (await call("GET /api/chat/conversations/{id}/messages", { path: { id }, query: { limit: PAGE, cursor } })) as unknown as { messages: Message[]; nextCursor: string | null };
    found.push(...page.messages.filter(({ seq }) => seq < before));
    cursor = (page.messages.at(-1)?.seq ?? before) >= before ? null : page.nextCursor;
  }
  return found;
}

/** Where the log has to go on from, given the newest messages: before everything that has not ended. */
export function boundary(messages: readonly Message[]): number {
  const open = messages.find(({ status }) => status === "running" || status === "queued");
  const question = messages.find(({ id }) => id === open?.parentId) ?? open;
  const late = messages.at(-FROM_LOG) ?? messages[0];
  return Math.min(question?.seq ?? Number.POSITIVE_INFINITY, late?.seq ?? 1);
}

/** A conversation, and the state to begin with; `null` when the log is short enough to be read whole. */
export async function begin(id: string): Promise<{ conversation: Conversation; state: LogState | null }> {
  const conversation: Conversation = await call("GET /api/chat/conversations/{id}", { path: { id } });
  const { messageCount, lastSeq, title, model } = conversation;
  if (messageCount <= LONG_MESSAGES) return { conversation, state: null };
  const span = lastSeq / messageCount;
  const after = Math.max(0, Math.floor(lastSeq - span * PAGE));
  const messages = await between(id, after, Number.POSITIVE_INFINITY);
  const until = boundary(messages);
  const before = messages.filter(({ seq }) => seq < until);
  if (!before.length) return { conversation, state: null };
  const state = { last: until - 1, title, model, modelAt: 0, messages: before.map(kept), missing: after };
  return { conversation, state };
}

/** A page of messages older than those that are there, and the event after which they begin. */
export async function older(id: string, { messages, missing }: LogState): Promise<Pick<LogState, "messages" | "missing">> {
  const first = messages[0]?.seq ?? 1;
  const span = (first - missing) / Math.max(1, messages.length);
  const after = Math.max(0, Math.floor(missing - Math.min(Math.max(span, 2), 20) * PAGE));
  return { messages: (await between(id, after, first)).map(kept), missing: after };
}
