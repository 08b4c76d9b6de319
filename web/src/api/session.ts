// Who one is here: the session that every call needs, begun as a guest, kept across pages, and asked for anew when it ends.
import { useSyncExternalStore } from "react";
import { type Args, type Name, open } from "./client";
import { ApiError } from "./problem";
import type { Operations, User } from "./schema";

const KNOWN = "edgewise.user";

export interface SessionState {
  /** `null` until the server has said. */
  user: User | null;
  /** Somebody with a name was signed out: they are asked to sign in again, and nothing they wrote is lost. */
  ended: boolean;
}

/** Whom this browser was last signed in as; no secret. */
interface Known {
  id: string;
  email: string | null;
}

let state: SessionState = { user: null, ended: false };
let pending: Promise<void> | null = null;
/** Goes on where a call waits for somebody to sign in again. */
let readmit: (() => void) | null = null;
const listeners = new Set<() => void>();
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("edgewise.session") : null;

function set(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export function known(): Known | null {
  try {
    return JSON.parse(localStorage.getItem(KNOWN) ?? "null") as Known | null;
  } catch {
    return null;
  }
}

function know(user: User | null): void {
  try {
    if (user && !user.guest) localStorage.setItem(KNOWN, JSON.stringify({ id: user.id, email: user.email }));
    else localStorage.removeItem(KNOWN);
  } catch {
    // Then an ended session begins anew as a guest's.
  }
}

/** Runs `task` while no other page of this browser runs one of the same name. */
export async function alone<T>(name: string, task: () => Promise<T>): Promise<T> {
  return typeof navigator !== "undefined" && "locks" in navigator ? await navigator.locks.request(name, task) : task();
}

/** Whether there is a session now; `false` when only a person can begin it. */
async function enter(): Promise<boolean> {
  try {
    const { user } = await open("GET /api/auth/session");
    know(user);
    set({ user, ended: false });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  }
  // A guest in their place would find none of their conversations.
  if (known()) return false;
  const { user } = await open("POST /api/auth/guest");
  know(user);
  set({ user, ended: false });
  return true;
}

async function begin(): Promise<void> {
  if (await alone("edgewise.session", enter)) return;
  set({ ...state, ended: true });
  await new Promise<void>((resolve) => {
    readmit = resolve;
  });
}

/** Makes sure that there is a session: the one there is, else a new guest's. One page at a time asks. */
export function signIn(): Promise<void> {
  pending ??= begin().catch((error: unknown) => {
    pending = null;
    throw error;
  });
  return pending;
}

/** Signs in anew: the server said that the session is over. */
export function signInAgain(): Promise<void> {
  // Who waits for a person already waits for the same one.
  if (!state.ended) pending = null;
  return signIn();
}

/** What a browser keeps for whoever uses it; everything else is of the one person. */
const PREFERENCES = new Set(["theme", "language", "enterKey", "sidebar", "shortcuts"].map((name) => `edgewise.${name}`));

/** Takes drafts, titles and whatever else a person leaves behind out of the browser: the next one is somebody else. */
function forget(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("edgewise.") && !PREFERENCES.has(key)) localStorage.removeItem(key);
    sessionStorage.clear();
  } catch {
    // Then nothing was kept.
  }
}

/** Somebody has signed in here. Another person than before gets a page, `next`, that knows nothing of the one before. */
export function admitted(user: User, next = "/"): void {
  const before = state.user?.id ?? known()?.id ?? null;
  if (before !== null && before !== user.id) forget();
  know(user);
  channel?.postMessage("changed");
  pending = Promise.resolve();
  set({ user, ended: false });
  const waiting = readmit;
  readmit = null;
  if (before !== null && before !== user.id) location.assign(next);
  else waiting?.();
}

/** What is known of the user has changed. */
export function updated(user: User): void {
  know(user);
  set({ ...state, user });
  channel?.postMessage("changed");
}

/** Goes on as a new guest, without what belongs to the name. */
export function becomeGuest(): void {
  forget();
  channel?.postMessage("changed");
  location.assign("/");
}

export async function signOut(): Promise<void> {
  await open("POST /api/auth/logout");
  becomeGuest();
}

channel?.addEventListener("message", () => {
  // Another page signed in or out. Whoever waits here is let in; somebody else gets a page of their own.
  void open("GET /api/auth/session")
    .then(({ user }) => {
      const before = state.user?.id;
      set({ user, ended: false });
      pending = Promise.resolve();
      const waiting = readmit;
      readmit = null;
      if (before && before !== user.id) location.assign("/");
      else waiting?.();
    })
    .catch((error: unknown) => {
      // They signed out there: what is shown here is theirs.
      if (error instanceof ApiError && error.status === 401 && !known() && state.user) location.assign("/");
    });
});

/** Asks with a session: a guest's unless there is another, a new one when the server knows it no longer. */
export async function admittedTo<T>(ask: () => Promise<T>): Promise<T> {
  await signIn();
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    await signInAgain();
    return ask();
  }
}

/** Makes a call with a session. */
export const call = <K extends Name>(name: K, ...given: Args<K>): Promise<Operations[K]["answer"]> => admittedTo(() => open(name, ...given));

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
