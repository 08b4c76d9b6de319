// Calls about conversations.
import { call } from "./api/session";
import type { Conversation, ConversationPage } from "./protocol";

export { ApiError, sentence } from "./api/problem";
export { alone, signIn, signInAgain } from "./api/session";

// A field that is not there is left out, where the document also allows for null.
export const api = {
  list: (cursor: string | null) => call("GET /api/chat/conversations", { query: { limit: 50, ...(cursor ? { cursor } : {}) } }) as Promise<ConversationPage>,
  /** `key` makes a repeated call harmless where the server supports it. */
  create: (key: string) => call("POST /api/chat/conversations", { body: {}, headers: { "idempotency-key": key } }) as Promise<Conversation>,
  get: (id: string) => call("GET /api/chat/conversations/{id}", { path: { id } }),
  rename: (id: string, title: string) => call("PATCH /api/chat/conversations/{id}", { path: { id }, body: { title } }),
  remove: (id: string) => call("DELETE /api/chat/conversations/{id}", { path: { id } }),
  stop: (id: string, turnId: string) => call("POST /api/chat/conversations/{id}/stop", { path: { id }, body: { turnId } }),
};

/** The address of a conversation's WebSocket. */
export const socketUrl = (id: string): string => {
  const url = new URL(`/api/chat/conversations/${encodeURIComponent(id)}/ws`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
};
