// One conversation as the page knows it: its log, what is on its way to it, and its connection.
import { ApiError, alone, api, sentence, signIn, signInAgain, socketUrl } from "../api";
import { backoff } from "../api/backoff";
import { call } from "../api/session";
import { t } from "../i18n";
import { beginningOf, forgetBeginning, forgetOldBeginnings } from "./beginning";
import { list } from "./conversations";
import { applyAll, empty, type LogState, running, titleOf } from "./log";
import { keep, storage } from "../storage";
import { type Entry, isOutboxKey, outbox } from "./outbox";
import type { Numbered } from "../protocol";
import { begin, LONG_MESSAGES, older } from "./history";
import { arrived, type Choices, choicesFor, type FilePart, type Row, rows } from "./rows";
import { type Connection, LogSocket } from "./socket";

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
  /** Whether there are older messages that have not been read. */
  more: boolean;
  /** The conversation that a planned chat has become. */
  createdId: string | null;
  /** The model that answers here unless a message names another. */
  model: string | null;
  /** The event that named it. */
  modelAt: number;
  /** When a temporary conversation goes, unless something is said in it; `null` of any other. */
  temporaryUntil: string | null;
  /** Why the last Stop or the last new answer failed. */
  notice: string | null;
}

/** What goes with the words of a message. */
export interface Extras {
  model?: string | null;
  files?: readonly FilePart[];
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
  private choices: Choices = new Map();
  /** When an answer's thoughts began, and how long they took. */
  private readonly thinking = new Map<string, number>();
  private readonly thoughts = new Map<string, number>();
  /** The request for a new answer. */
  private asked: string | null = null;
  private reading = false;
  private temporaryUntil: string | null = null;
  private readonly posting = new Set<string>();

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
  send(text: string, extras: Extras = {}): void {
    this.put(text, extras, {});
  }

  /** Puts another message in the place of one of the reader's, on a branch of its own. */
  edit(id: string, text: string, model: string | null): void {
    const old = this.log.messages.find((message) => message.id === id);
    if (!old) return;
    const kept = old.parts.filter((part) => part.type === "file");
    if (kept.length && old.parentId !== null) {
      this.put(text, { model, files: kept }, { parentId: old.parentId });
      return;
    }
    this.put(text, { model }, { replaces: { id, parentId: old.parentId, after: this.log.last } });
  }

  private put(text: string, { model, files }: Extras, where: Pick<Entry, "parentId" | "replaces">): void {
    const now = Math.max(Date.now(), ...this.waiting.map((entry) => entry.at + 1));
    const follows = where.replaces || where.parentId ? {} : this.follows();
    outbox.put({
      clientMessageId: crypto.randomUUID(),
      chat: this.key,
      text,
      at: now,
      error: null,
      ...(model && model !== this.log.model ? { model } : {}),
      ...(files?.length ? { files } : {}),
      ...follows,
      ...where,
    });
    this.notice = null;
    this.reload();
    this.deliver();
  }

  // The newest message is followed by itself; another branch that is shown is named.
  private follows(): Pick<Entry, "parentId"> {
    const end = this.snapshot.rows.findLast((row) => row.seq !== null);
    const newest = this.log.messages.at(-1);
    if (!end || !newest || end.id === newest.id || end.queuedTurn) return {};
    return { parentId: end.id };
  }

  /** Answers a question once more, by the same model or another one. */
  regenerate(id: string, model: string | null): void {
    const requestId = crypto.randomUUID();
    const body = model ? { model } : {};
    const frame = { type: "send", requestId, id: this.key, trigger: "regenerate-message", messageId: id, messages: [], body };
    this.notice = this.socket?.send(frame) ? null : t("chat.noConnection");
    this.asked = requestId;
    this.changed();
  }

  /** Shows another version of a message. */
  choose(id: string): void {
    this.choices = choicesFor(this.log.messages, id, this.choices);
    this.changed();
  }

  /** Every message of the log, for looking one up. */
  has(id: string): boolean {
    return this.log.messages.some((message) => message.id === id);
  }

  /** Sends a refused message again. */
  resend(clientMessageId: string): void {
    outbox.change(clientMessageId, { error: null });
    this.reload();
    this.deliver();
  }

  /** Takes a refused message back, to be written anew. */
  takeBack(clientMessageId: string): Entry | null {
    const entry = outbox.get(clientMessageId);
    outbox.remove(clientMessageId);
    this.reload();
    return entry;
  }

  /** Stops an answer: the one under way, or one that waits. */
  async stop(turnId: string): Promise<void> {
    try {
      await api.stop(this.key, turnId);
      this.notice = null;
    } catch (error) {
      this.notice = t("chat.notStopped", { error: sentence(error) });
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
    for (const entry of this.waiting) {
      const { clientMessageId, text, error, files, model, parentId, replaces } = entry;
      if (error !== null || this.posting.has(clientMessageId) || [...this.sent.values()].includes(clientMessageId)) continue;
      if (files?.length) {
        void this.post(entry);
        continue;
      }
      const requestId = crypto.randomUUID();
      const message = { id: clientMessageId, role: "user", parts: [{ type: "text", text }] };
      const frame = {
        type: "send",
        requestId,
        id: this.key,
        trigger: "submit-message",
        messages: [message],
        ...(replaces ? { messageId: replaces.id } : {}),
        body: { ...(model ? { model } : {}), ...(parentId ? { parentId } : {}) },
      };
      if (!this.socket?.send(frame)) return;
      this.sent.set(requestId, clientMessageId);
    }
  }

  // Files go with messages over HTTP alone; the log tells when it has them.
  private async post({ clientMessageId, text, files, model, parentId }: Entry): Promise<void> {
    this.posting.add(clientMessageId);
    const attachments = files?.map(({ id }) => id) ?? [];
    const body = { content: text, clientMessageId, attachments, ...(model ? { model } : {}), ...(parentId ? { parentId } : {}) };
    try {
      await call("POST /api/chat/conversations/{id}/messages", { path: { id: this.key }, body });
    } catch (error) {
      if (error instanceof ApiError && error.passing) {
        setTimeout(() => this.deliver(), backoff(2));
      } else {
        this.refused(clientMessageId, sentence(error), error instanceof ApiError ? error.retryAfterMs : null);
      }
    }
    this.posting.delete(clientMessageId);
  }

  private refused(clientMessageId: string, error: string, waitMs: number | null): void {
    outbox.change(clientMessageId, { error, ...(waitMs ? { retryAt: Date.now() + waitMs } : {}) });
    this.reload();
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
            const beginning = beginningOf(this.key);
            ({ id } = await api.create(this.key.slice("new:".length), beginning));
            if (beginning.tools && Object.keys(beginning.tools).length) await api.setTools(id, beginning.tools);
            keep(CREATED + this.key, `${id}|${Date.now()}`);
            forgetBeginning(this.key);
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
    if (this.socket || chats.get(this.key) !== this) return;
    const count = list.countOf(this.key);
    const history = count !== null && count <= LONG_MESSAGES ? undefined : this.read();
    this.socket = new LogSocket(socketUrl(this.key), this.handlers(), history);
  }

  // The end of a long conversation; of what is short, or cannot be read so, the log tells everything.
  private async read(): Promise<number> {
    try {
      const { state, conversation } = await begin(this.key);
      if (state) this.log = state;
      this.temporaryUntil = conversation.temporary ? (conversation.expiresAt ?? null) : null;
      if (state || this.temporaryUntil) this.changed();
    } catch {
      // The socket finds out what is wrong.
    }
    return this.log.last;
  }

  /** Reads older messages, while there are some; of a message that is looked for, as many as it takes. */
  readonly older = async (wanted: string | null = null): Promise<void> => {
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.log.missing > 0) {
        const { messages, missing } = await older(this.key, this.log);
        this.log = { ...this.log, messages: [...messages, ...this.log.messages], missing };
        this.changed();
        if (messages.length && (wanted === null || this.has(wanted))) break;
      }
    } catch (error) {
      this.notice = sentence(error);
      this.changed();
    }
    this.reading = false;
  };

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
        if (requestId === this.asked) {
          this.notice = errorText;
          this.changed();
        }
        const id = this.sent.get(requestId);
        if (!id) return;
        this.sent.delete(requestId);
        this.refused(id, errorText, waitIn(errorText));
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
    let grown = false;
    for (const { event } of events) {
      if (event.type === "message.delta" || event.type === "message.reasoning") {
        this.clock(event);
        continue;
      }
      stale = true;
      if (event.type === "turn.ended") this.notice = null;
      grown ||= event.type === "message.created" || event.type === "turn.created";
    }
    if (grown) {
      // What is new is shown, on whichever branch it is.
      this.choices = new Map();
      this.asked = null;
      this.forget();
    }
    if (stale) {
      this.waiting = outbox.of(this.key);
      list.heard(this.key, this.log.last, titleOf(this.log, this.waiting));
    }
    this.changed();
    this.settle();
  };

  // Messages that have arrived wait no longer.
  private forget(): void {
    for (const entry of this.waiting) {
      if (!arrived(this.log.messages, entry)) continue;
      outbox.remove(entry.clientMessageId);
      for (const [requestId, sent] of this.sent) if (sent === entry.clientMessageId) this.sent.delete(requestId);
    }
  }

  // How long a model thinks is seen by whoever watches; a log that is read again tells nothing of it.
  private clock(event: { type: "message.delta" | "message.reasoning"; messageId: string }): void {
    const now = performance.now();
    const { messageId } = event;
    const begun = this.thinking.get(messageId);
    if (event.type === "message.reasoning") {
      if (begun === undefined) this.thinking.set(messageId, now);
    } else if (begun !== undefined && !this.thoughts.has(messageId) && now - begun > 100) {
      this.thoughts.set(messageId, now - begun);
    }
  }

  private take(): Snapshot {
    return {
      rows: rows(this.log, this.waiting, this.choices, this.thoughts),
      title: titleOf(this.log, this.waiting),
      connection: this.connection,
      runningId: running(this.log)?.id ?? null,
      last: this.log.last,
      more: this.log.missing > 0,
      createdId: isPlanned(this.key) ? (this.created ?? createdFor(this.key)) : null,
      model: this.log.model,
      modelAt: this.log.modelAt,
      temporaryUntil: this.temporaryUntil,
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

/** How long a refusal says to wait. */
const waitIn = (errorText: string): number | null => Number(/again in (\d+) s\b/.exec(errorText)?.[1]) * 1000 || null;

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
  forgetOldBeginnings();
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
