// Calls of the HTTP API, and the session that they need.
import type { Conversation, ConversationPage, Problem, Session, SignedIn } from "./protocol";

/** A call that did not succeed; `message` is a sentence for people. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** 0 when no answer came. */
    readonly status: number,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later without anybody doing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

export const sentence = (error: unknown): string => (error instanceof ApiError ? error.message : "Something went wrong.");

async function raw<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError("The server cannot be reached.", 0);
  }
  const text = await response.text().catch(() => "");
  let answer: unknown = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new ApiError("The server's answer could not be read.", 502);
  }
  if (response.ok) return answer as T;
  const problem = answer as Partial<Problem> | null;
  throw new ApiError(problem?.detail || problem?.message || `The server answered ${response.status}.`, response.status);
}

let session: Promise<void> | null = null;

/** Makes sure that there is a session: the one there is, else a new guest's. One page at a time asks. */
export function signIn(): Promise<void> {
  session ??= alone("edgewise.session", async () => {
    try {
      await raw<Session>("GET", "/api/auth/session");
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      await raw<SignedIn>("POST", "/api/auth/guest", {});
    }
  }).catch((error: unknown) => {
    session = null;
    throw error;
  });
  return session;
}

/** Signs in anew: the server said that the session is over. */
export function signInAgain(): Promise<void> {
  session = null;
  return signIn();
}

/** Runs `task` while no other page of this browser runs one of the same name. */
export async function alone<T>(name: string, task: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? await navigator.locks.request(name, task) : task();
}

async function call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  await signIn();
  try {
    return await raw<T>(method, path, body, headers);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    await signInAgain();
    return raw<T>(method, path, body, headers);
  }
}

const conversations = "/api/chat/conversations";
const at = (id: string): string => `${conversations}/${encodeURIComponent(id)}`;

export const api = {
  list: (cursor: string | null) =>
    call<ConversationPage>("GET", `${conversations}?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
  /** `key` makes a repeated call harmless where the server supports it. */
  create: (key: string) => call<Conversation>("POST", conversations, {}, { "idempotency-key": key }),
  get: (id: string) => call<Conversation>("GET", at(id)),
  rename: (id: string, title: string) => call<Conversation>("PATCH", at(id), { title }),
  remove: (id: string) => call<null>("DELETE", at(id)),
  stop: (id: string, turnId: string) => call<unknown>("POST", `${at(id)}/stop`, { turnId }),
};

/** The address of a conversation's WebSocket. */
export const socketUrl = (id: string): string => {
  const url = new URL(`${at(id)}/ws`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
};
