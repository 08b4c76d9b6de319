// Calls about conversations.
import type { Operations } from "./api/schema";
import { call } from "./api/session";
import type { Beginning } from "./chat/beginning";
import type { Filter } from "./chat/groups";
import type { Conversation, ConversationPage } from "./protocol";

export { ApiError, sentence } from "./api/problem";
export { alone, signIn, signInAgain } from "./api/session";

// A field that is not there is left out, where the document also allows for null.
export const api = {
  list: (cursor: string | null, narrowed: Filter & { pinned?: boolean }) => call("GET /api/chat/conversations", { query: { limit: 50, ...narrowed, ...(cursor ? { cursor } : {}) } }) as Promise<ConversationPage>,
  /** `key` makes a repeated call harmless where the server supports it. */
  create: (key: string, { temporary, presetId }: Beginning) =>
    call("POST /api/chat/conversations", { body: { ...(temporary ? { temporary } : {}), ...(presetId ? { presetId } : {}) }, headers: { "idempotency-key": key } }) as Promise<Conversation>,
  get: (id: string) => call("GET /api/chat/conversations/{id}", { path: { id } }),
  change: (id: string, changes: Operations["PATCH /api/chat/conversations/{id}"]["body"]) => call("PATCH /api/chat/conversations/{id}", { path: { id }, body: changes }),
  /** Tools that are not named are as the deployment has it. */
  setTools: (id: string, tools: Record<string, boolean>) => call("PATCH /api/chat/conversations/{id}", { path: { id }, body: { tools } }),
  remove: (id: string) => call("DELETE /api/chat/conversations/{id}", { path: { id } }),
  stop: (id: string, turnId: string) => call("POST /api/chat/conversations/{id}/stop", { path: { id }, body: { turnId } }),
};

/** The address of a conversation's WebSocket. */
export const socketUrl = (id: string): string => {
  const url = new URL(`/api/chat/conversations/${encodeURIComponent(id)}/ws`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
};
