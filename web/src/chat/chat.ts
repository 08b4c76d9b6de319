// One conversation as the page knows it: its log, what is on its way to it, and its connection.
import { ApiError, alone, api, sentence, signIn, signInAgain, socketUrl } from "../api";
import { list } from "./conversations";
import { applyAll, empty, type LogState, type Row, rows, running, titleOf } from "./log";
import { keep, storage } from "../storage";
import { type Entry, isOutboxKey, outbox } from "./outbox";
import type { Numbered } from "../protocol";
import { backoff, type Connection, LogSocket } from "./socket";

const CREATED = "edgewise.created.";
/** How long a conversation that nobody looks at stays connected, for coming back at once. */
const LINGER = 30_000;

export interface Snapshot {
  rows: readonly Row[];
  title: string | null;
  connection: Connection;
  /** The answer under way. */
  runningId: string | null;
  /** The number of the newest event. */
  last: number;
  /** The conversation that a planned chat has become. */
  createdId: string | null;
  /** Why the last Stop failed. */
  notice: string | null;
}

/** A chat that has no conversation yet. */
export const plan = (): string => `new:${crypto.randomUUID()}`;
const isPlanned = (key: string): boolean => key.startsWith("new:");

/** The conversation that was created for a planned chat, by whichever page. */
export const createdFor = (key: string): string | null => storage.getItem(CREATED + key)?.split("|")[0] ?? null;

export class Chat {
  private log: LogState = empty;
  private waiting: Entry[];
  private connection: Connection = { phase: "connecting", attempt: 0 };
  private notice: string | null = null;
  private socket: LogSocket | null = null;
  private viewers = 0;
  private linger: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot;
  private batch: Numbered[] = [];
  private flushing = false;
  /** Which message each frame on this connection carried. */
  private readonly sent = new Map<string, string>();
  private retryCreate: (() => void) | null = null;
  private creating = false;
  private created: string | null = null;

  constructor(readonly key: string) {
    this.waiting = outbox.of(key);
    this.snapshot = this.take();
    if (isPlanned(key)) {
      this.connection = { phase: "open", attempt: 0 };
      this.changed();
      if (this.waiting.length) void this.create();
    } else {
      void this.follow();
    }
  }

  readonly get = (): Snapshot => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.viewers += 1;
    clearTimeout(this.linger);
    return () => {
      this.listeners.delete(listener);
      this.viewers -= 1;
      this.settle();
    };
  };

  /** Puts a message on its way. It is kept until the log has it. */
  send(text: string): void {
    const at = Math.max(Date.now(), ...this.waiting.map((entry) => entry.at + 1));
    outbox.put({ clientMessageId: crypto.randomUUID(), chat: this.key, text, at, error: null });
    this.notice = null;
    this.reload();
    this.deliver();
  }

  /** Sends a refused message again. */
  resend(clientMessageId: string): void {
    outbox.change(clientMessageId, { error: null });
    this.reload();
    this.deliver();
  }

  /** Takes a refused message back; gives its text. */
  takeBack(clientMessageId: string): string {
    const text = outbox.get(clientMessageId)?.text ?? "";
    outbox.remove(clientMessageId);
    this.reload();
    return text;
  }

  /** Stops an answer: the one under way, or one that waits. */
  async stop(turnId: string): Promise<void> {
    try {
      await api.stop(this.key, turnId);
      this.notice = null;
    } catch (error) {
      this.notice = `Could not stop: ${sentence(error)}`;
    }
    this.changed();
  }

  readonly retry = (): void => {
    this.retryCreate?.();
    this.socket?.retry();
  };

  /** Reads the outbox again: this page or another one changed it. */
  reload(): void {
    this.waiting = outbox.of(this.key);
    this.changed();
    if (isPlanned(this.key) && this.waiting.length) void this.create();
  }

  /** Sends what waits and is not on this connection yet. */
  deliver(): void {
    if (isPlanned(this.key)) {
      void this.create();
      return;
    }
    for (const { clientMessageId, text, error } of this.waiting) {
      if (error !== null || [...this.sent.values()].includes(clientMessageId)) continue;
      const requestId = crypto.randomUUID();
      const message = { id: clientMessageId, role: "user", parts: [{ type: "text", text }] };
      const frame = { type: "send", requestId, id: this.key, trigger: "submit-message", messages: [message], body: {} };
      if (!this.socket?.send(frame)) return;
      this.sent.set(requestId, clientMessageId);
    }
  }

  // Creates the conversation for a planned chat, whichever page is first, and hands its messages over.
  private async create(): Promise<void> {
    if (this.creating) return;
    this.creating = true;
    for (let attempt = 0; ; attempt++) {
      try {
        await alone(`edgewise.create.${this.key}`, async () => {
          if (!outbox.of(this.key).some((entry) => entry.error === null)) return;
          let id = createdFor(this.key);
          if (!id) {
            ({ id } = await api.create(this.key.slice("new:".length)));
            keep(CREATED + this.key, `${id}|${Date.now()}`);
          }
          this.created = id;
          outbox.move(this.key, id);
          open(id).reload();
          open(id).deliver();
          list.refresh();
        });
        this.connection = { phase: "open", attempt: 0 };
        break;
      } catch (error) {
        if (!(error instanceof ApiError && error.passing)) {
          for (const entry of this.waiting) outbox.change(entry.clientMessageId, { error: sentence(error) });
          break;
        }
        const ms = backoff(attempt);
        this.connection = { phase: "waiting", attempt: attempt + 1, until: Date.now() + ms };
        this.changed();
        await new Promise<void>((resolve) => {
          this.retryCreate = resolve;
          addEventListener("online", () => resolve(), { once: true });
          setTimeout(resolve, ms);
        });
        this.retryCreate = null;
      }
    }
    this.creating = false;
    this.waiting = outbox.of(this.key);
    this.changed();
  }

  private async follow(): Promise<void> {
    await signIn().catch(() => {});
    if (!this.socket && chats.get(this.key) === this) this.socket = new LogSocket(socketUrl(this.key), this.handlers());
  }

  private handlers(): ConstructorParameters<typeof LogSocket>[1] {
    return {
      onEvent: (numbered) => {
        this.batch.push(numbered);
        this.flushSoon();
      },
      onConnection: (connection) => {
        this.connection = connection;
        if (connection.phase !== "open") this.sent.clear();
        this.changed();
      },
      onReady: () => this.deliver(),
      onRefused: (requestId, errorText) => {
        const id = this.sent.get(requestId);
        if (!id) return;
        this.sent.delete(requestId);
        outbox.change(id, { error: errorText });
        this.reload();
      },
      onAllRefused: (errorText) => {
        for (const id of new Set(this.sent.values())) outbox.change(id, { error: errorText });
        this.reload();
      },
      signInAgain,
      probe: async () => {
        try {
          await api.get(this.key);
          return "there";
        } catch (error) {
          if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return "gone";
          if (error instanceof ApiError && error.status === 403) return "forbidden";
          throw error;
        }
      },
    };
  }

  // Once per frame at most; hidden pages get no frames.
  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    if (document.hidden) setTimeout(this.flush, 100);
    else {
      const timer = setTimeout(this.flush, 250);
      requestAnimationFrame(() => {
        clearTimeout(timer);
        this.flush();
      });
    }
  }

  private readonly flush = (): void => {
    if (!this.flushing) return;
    this.flushing = false;
    const events = this.batch;
    this.batch = [];
    this.log = applyAll(this.log, events);
    let stale = false;
    for (const { event } of events) {
      if (event.type !== "message.delta") stale = true;
      if (event.type === "turn.ended") this.notice = null;
      if (event.type !== "message.created" || !event.message.clientMessageId) continue;
      const id = event.message.clientMessageId;
      outbox.remove(id);
      for (const [requestId, sent] of this.sent) if (sent === id) this.sent.delete(requestId);
    }
    if (stale) {
      this.waiting = outbox.of(this.key);
      list.heard(this.key, this.log.last, titleOf(this.log, this.waiting));
    }
    this.changed();
    this.settle();
  };

  private take(): Snapshot {
    return {
      rows: rows(this.log, this.waiting),
      title: titleOf(this.log, this.waiting),
      connection: this.connection,
      runningId: running(this.log)?.id ?? null,
      last: this.log.last,
      createdId: isPlanned(this.key) ? (this.created ?? createdFor(this.key)) : null,
      notice: this.notice,
    };
  }

  private changed(): void {
    this.snapshot = this.take();
    for (const listener of this.listeners) listener();
  }

  // Nobody looks and nothing waits: go, after a while.
  settle(): void {
    clearTimeout(this.linger);
    if (this.viewers) return;
    this.linger = setTimeout(() => {
      const blocked = this.connection.phase === "gone" || this.connection.phase === "forbidden";
      if (this.viewers || this.creating) return;
      if (!blocked && this.waiting.some((entry) => entry.error === null)) return;
      this.socket?.stop();
      chats.delete(this.key);
    }, LINGER);
  }
}

const chats = new Map<string, Chat>();

/** The chat of this key; there is one for each. */
export function open(key: string): Chat {
  let chat = chats.get(key);
  if (!chat) {
    chat = new Chat(key);
    chats.set(key, chat);
  }
  chat.settle();
  return chat;
}

/** Sends what an earlier page left behind, and follows what other pages put into the outbox. */
export function resume(): void {
  for (const chat of new Set(outbox.all().map((entry) => entry.chat))) open(chat);
  for (let at = storage.length - 1; at >= 0; at--) {
    const key = storage.key(at);
    if (!key?.startsWith(CREATED)) continue;
    if (Date.now() - Number(storage.getItem(key)?.split("|")[1]) > 3_600_000) storage.removeItem(key);
  }
  addEventListener("storage", ({ key }) => {
    if (!isOutboxKey(key)) return;
    for (const chat of chats.values()) {
      chat.reload();
      // The page that wrote it sends it, unless it was closed at once.
      setTimeout(() => chat.deliver(), 5_000);
    }
  });
}
