// Messages that are not in a log yet. Each has its own localStorage key, so that no two pages overwrite each other.
import { type Store, storage } from "../storage";
import type { FilePart, Replaced, Unsent } from "./rows";

export interface Entry extends Unsent {
  /** The conversation, or `new:…` until it has been created. */
  chat: string;
  at: number;
  /** Who shall answer, when it is not the conversation's model. */
  model?: string;
  /** The message to follow, when it is not the newest. */
  parentId?: string;
}

const PREFIX = "edgewise.outbox.";

export class Outbox {
  // What a full localStorage did not take: this page still sends it.
  private readonly unstored = new Map<string, Entry>();

  constructor(private readonly store: Store = storage) {}

  /** Everything that waits, oldest first. */
  all(): Entry[] {
    const entries = new Map(this.unstored);
    for (let at = 0; at < this.store.length; at++) {
      const key = this.store.key(at);
      if (!key?.startsWith(PREFIX)) continue;
      const entry = parse(this.store.getItem(key));
      if (entry) entries.set(entry.clientMessageId, entry);
    }
    return [...entries.values()].sort((a, b) => a.at - b.at || (a.clientMessageId < b.clientMessageId ? -1 : 1));
  }

  of(chat: string): Entry[] {
    return this.all().filter((entry) => entry.chat === chat);
  }

  put(entry: Entry): void {
    try {
      this.store.setItem(PREFIX + entry.clientMessageId, JSON.stringify(entry));
      this.unstored.delete(entry.clientMessageId);
    } catch {
      this.unstored.set(entry.clientMessageId, entry);
    }
  }

  get(clientMessageId: string): Entry | null {
    return this.unstored.get(clientMessageId) ?? parse(this.store.getItem(PREFIX + clientMessageId));
  }

  /** Changes an entry; one that has gone meanwhile stays gone. */
  change(clientMessageId: string, changes: Partial<Entry>): void {
    const entry = this.get(clientMessageId);
    if (entry) this.put({ ...entry, ...changes });
  }

  remove(clientMessageId: string): void {
    this.unstored.delete(clientMessageId);
    this.store.removeItem(PREFIX + clientMessageId);
  }

  /** Gives the entries of a chat that was only planned to the conversation that was created for it. */
  move(from: string, to: string): void {
    for (const entry of this.of(from)) this.put({ ...entry, chat: to });
  }
}

/** Whether a change of this localStorage key, made by another page, is one of the outbox. */
export const isOutboxKey = (key: string | null): boolean => key === null || key.startsWith(PREFIX);

function parse(text: string | null): Entry | null {
  if (!text) return null;
  try {
    const { clientMessageId, chat, text: words, at, error, ...more } = JSON.parse(text) as Partial<Entry>;
    if (typeof clientMessageId !== "string" || typeof chat !== "string" || typeof words !== "string") return null;
    const entry = { clientMessageId, chat, text: words, at: Number(at) || 0, error: typeof error === "string" ? error : null };
    return { ...entry, ...read(more) };
  } catch {
    return null;
  }
}

// What an older page did not write is not there.
function read({ model, parentId, retryAt, replaces, files }: Partial<Entry>): Partial<Entry> {
  return {
    ...(typeof model === "string" ? { model } : {}),
    ...(typeof parentId === "string" ? { parentId } : {}),
    ...(typeof retryAt === "number" ? { retryAt } : {}),
    ...(isReplaced(replaces) ? { replaces } : {}),
    ...(Array.isArray(files) && files.every(isFile) ? { files } : {}),
  };
}

const isReplaced = (value: unknown): value is Replaced =>
  typeof value === "object" && value !== null && typeof (value as Replaced).id === "string" && typeof (value as Replaced).after === "number";
const isFile = (value: unknown): value is FilePart =>
  typeof value === "object" && value !== null && typeof (value as FilePart).id === "string" && typeof (value as FilePart).filename === "string";

export const outbox = new Outbox();
