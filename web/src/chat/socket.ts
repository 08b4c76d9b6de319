// The socket that follows a conversation's log: reconnects, resumes after the last event, says how it stands.
import { backoff } from "../api/backoff";
import { t } from "../i18n";
import { order } from "./log";
import type { Event, Numbered } from "../protocol";

const LOG = "$log";
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
/** A connection that lived this long was a good one: the next wait is short again. */
const GOOD_AFTER = 5_000;

export type Connection =
  | { phase: "connecting" | "open"; attempt: number }
  /** The next attempt is at `until`. */
  | { phase: "waiting"; attempt: number; until: number }
  /** There is nothing to connect to any more. */
  | { phase: "gone" | "forbidden"; attempt: number };

export type Verdict =
  | { then: "reconnect" | "resume" | "sign-in" | "gone" | "forbidden" }
  /** The last frame was at fault: what it carried must not be sent again by itself. */
  | { then: "refused"; errorText: string }
  | { then: "wait"; ms: number };

/** What the code of a close asks for. */
export function onClose(code: number, reason = ""): Verdict {
  switch (code) {
    case 1008:
      return { then: "refused", errorText: t("chat.unreadMessage") };
    case 1009:
      return { then: "refused", errorText: t("chat.tooLong") };
    case 1013:
      return { then: "resume" };
    case 4401:
      return { then: "sign-in" };
    case 4403:
      return { then: "forbidden" };
    case 4404:
      return { then: "gone" };
    case 4429: {
      const seconds = Number.parseFloat(reason);
      return { then: "wait", ms: Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), 3600) * 1000 : 10_000 };
    }
    default:
      return { then: "reconnect" };
  }
}

/** A frame of the server, as far as this client reads it. */
export type Incoming =
  | { type: "event"; numbered: Numbered }
  | { type: "error"; requestId: string; errorText: string }
  | { type: "other" };

export function read(data: unknown): Incoming {
  if (typeof data !== "string" || !data.startsWith("{")) return { type: "other" };
  try {
    const { type, requestId, seq, event, errorText } = JSON.parse(data) as {
      type?: unknown;
      requestId?: unknown;
      seq?: unknown;
      event?: Event;
      errorText?: unknown;
    };
    if (type === "event" && requestId === LOG && typeof seq === "number" && event) {
      return { type, numbered: { seq, event } };
    }
    if (type === "error" && typeof requestId === "string") {
      return { type, requestId, errorText: typeof errorText === "string" ? errorText : t("chat.refused") };
    }
  } catch {
    // Not a frame of ours.
  }
  return { type: "other" };
}

export interface Handlers {
  onEvent: (numbered: Numbered) => void;
  onConnection: (connection: Connection) => void;
  /** The socket is open and subscribed: send what waits. */
  onReady: () => void;
  onRefused: (requestId: string, errorText: string) => void;
  /** The connection ended because of what was sent on it. */
  onAllRefused: (errorText: string) => void;
  signInAgain: () => Promise<void>;
  /** Asks why no connection came about; browsers do not tell. Throws when it cannot tell either. */
  probe: () => Promise<"there" | "gone" | "forbidden">;
}

export class LogSocket {
  connection: Connection = { phase: "connecting", attempt: 0 };
  private socket: WebSocket | null = null;
  private last = 0;
  private waits: boolean;
  private attempt = 0;
  private stopped = false;
  private opened = 0;
  /** The last connection was refused to whoever we are: once it is tried again, for what has changed may be a role. */
  private barred = false;
  /** The last number that a gap was reported after, so that one gap asks once. */
  private askedAfter = -1;
  private wait: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private pong: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly handlers: Handlers,
    /** Where to begin, when it is not known yet. */
    begin?: Promise<number>,
  ) {
    begin?.then((last) => {
      this.last = last;
      this.waits = false;
      if (this.socket?.readyState === WebSocket.OPEN) this.subscribe();
    });
    this.waits = begin !== undefined;
    addEventListener("online", this.wake);
    addEventListener("offline", this.leave);
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
  }

  /** Sends a frame; `false` when there is no open connection. */
  send(frame: unknown): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Connects now instead of at the end of the wait. */
  readonly retry = (): void => {
    if (this.connection.phase === "waiting") this.connect();
  };

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.leave);
    document.removeEventListener("visibilitychange", this.wake);
    this.drop();
  }

  // The network or the reader is back: connect, or find out whether the connection still lives.
  private readonly wake = (): void => {
    if (document.visibilityState === "hidden") return;
    if (this.connection.phase === "waiting") this.connect();
    else if (this.connection.phase === "open") this.beat(3_000);
  };

  // The network went: a connection over it would be missed only much later.
  private readonly leave = (): void => {
    if (this.connection.phase === "open") this.lost();
  };

  private become(connection: Connection): void {
    this.connection = connection;
    this.handlers.onConnection(connection);
  }

  private connect(): void {
    this.drop();
    if (this.stopped) return;
    this.become({ phase: "connecting", attempt: this.attempt });
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.opened = 0;
    socket.onopen = () => {
      this.opened = Date.now();
      clearTimeout(this.pong);
      this.pong = undefined;
      this.askedAfter = -1;
      if (!this.waits) this.subscribe();
      this.ping = setInterval(() => this.beat(PONG_WITHIN), PING_EVERY);
      this.become({ phase: "open", attempt: this.attempt });
      this.handlers.onReady();
      // A server that comes back may be a newer one.
      if (this.attempt > 0) dispatchEvent(new Event("edgewise:reconnected"));
    };
    socket.onmessage = ({ data }) => this.hear(data);
    socket.onclose = ({ code, reason }) => this.closed(code, reason);
    // A connection that hangs half open is given up.
    this.pong = setTimeout(() => this.lost(), 15_000);
  }

  private drop(): void {
    clearTimeout(this.wait);
    clearTimeout(this.pong);
    clearInterval(this.ping);
    this.pong = undefined;
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private lost(): void {
    this.drop();
    this.closed(1006, "");
  }

  private subscribe(): void {
    this.send({ type: "subscribe", requestId: LOG, after: this.last });
  }

  private beat(within: number): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send("ping");
    this.pong ??= setTimeout(() => this.lost(), within);
  }

  private hear(data: unknown): void {
    clearTimeout(this.pong);
    this.pong = undefined;
    const frame = read(data);
    if (frame.type === "error") {
      // A refused subscription leaves nothing to show: begin again, later.
      if (frame.requestId === LOG) this.lost();
      else this.handlers.onRefused(frame.requestId, frame.errorText);
    } else if (frame.type === "event") {
      const { seq } = frame.numbered;
      const what = order(this.last, seq);
      if (what === "next") {
        this.last = seq;
        this.handlers.onEvent(frame.numbered);
      } else if (what === "gap" && this.askedAfter !== this.last) {
        this.askedAfter = this.last;
        this.subscribe();
      }
    }
  }

  private closed(code: number, reason: string): void {
    const opened = this.opened;
    this.drop();
    if (this.stopped) return;
    if (opened && Date.now() - opened > GOOD_AFTER) {
      this.attempt = 0;
      this.barred = false;
    }
    const verdict = onClose(code, reason);
    switch (verdict.then) {
      case "forbidden":
        if (!this.barred) {
          this.barred = true;
          break;
        }
        this.become({ phase: verdict.then, attempt: this.attempt });
        return;
      case "gone":
        // To whoever may no longer see it, it is told to be gone; why, was told before.
        this.become({ phase: this.barred ? "forbidden" : "gone", attempt: this.attempt });
        return;
      case "wait":
        this.later(verdict.ms);
        return;
      case "refused":
        this.handlers.onAllRefused(verdict.errorText);
        break;
      case "sign-in":
        this.become({ phase: "connecting", attempt: this.attempt });
        this.handlers.signInAgain().then(
          () => this.later(backoff(this.attempt)),
          () => this.later(backoff(this.attempt)),
        );
        return;
      case "resume":
      case "reconnect":
    }
    this.later(backoff(this.attempt));
    // It never opened: the handshake may have been refused for good, which a browser shows as 1006.
    if (!opened) this.ask();
  }

  private later(ms: number): void {
    if (this.stopped) return;
    this.attempt += 1;
    clearTimeout(this.wait);
    this.wait = setTimeout(() => this.connect(), ms);
    this.become({ phase: "waiting", attempt: this.attempt, until: Date.now() + ms });
  }

  private ask(): void {
    this.handlers.probe().then(
      (answer) => {
        if (answer === "there" || this.stopped || this.connection.phase === "open") return;
        this.drop();
        this.become({ phase: answer, attempt: this.attempt });
      },
      () => {},
    );
  }
}
