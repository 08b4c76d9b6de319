// A device that shows a conversation: follows its log over a WebSocket, reconnects, and keeps everything it ever saw.
import WebSocket from "ws";
import { at } from "./api.mjs";
import { sleep, until, within } from "./wait.mjs";

const LOG = "$log";

/** A socket to the conversation, opened with the guest's bearer as subprotocol, or with cookie and Origin. */
export function openSocket(api, id, { by = "bearer", origin = api.base, options = {}, path = "/ws" } = {}) {
  const url = api.base.replace(/^http/, "ws") + at(id, path);
  // How long `ws` waits for the end of a connection that the server has closed in words.
  const settings = { perMessageDeflate: false, handshakeTimeout: 10_000, closeTimeout: 2_000, maxPayload: 64 * 1024 * 1024, ...options };
  if (by === "cookie") return new WebSocket(url, { ...settings, headers: { cookie: api.cookie, ...(origin ? { origin } : {}) } });
  return new WebSocket(url, ["bearer", api.token], settings);
}

/** Resolves when the socket is open; rejects with the status that the handshake was refused with. */
export function opened(socket, ms = 10_000) {
  return within("the socket to open", new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_, response) => {
      let text = "";
      response.on("data", (piece) => (text += piece)).on("end", () => {
        reject(Object.assign(new Error(`handshake refused: ${response.statusCode}`), { status: response.statusCode, headers: response.headers, text }));
      });
    });
    socket.once("error", reject);
  }), ms);
}

/** Resolves with `{code, reason}` when the socket has closed. */
export const closed = (socket, ms = 10_000) =>
  within("the socket to close", new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve({ code: socket.closedWith ?? 1006, reason: "" });
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  }), ms);

/** All frames of a socket, parsed, as they come. */
export function frames(socket) {
  const got = [];
  socket.on("message", (data) => got.push(JSON.parse(String(data))));
  socket.on("error", () => {});
  return got;
}

export class Tab {
  /** Everything that this device was ever told: `{seq, event}`, append-only. */
  seen = [];
  /** What the contract forbids and was seen all the same, as sentences. */
  faults = [];
  connects = 0;
  #stopped = false;
  #socket = null;

  constructor(api, id, { name = "tab", after = 0, by } = {}) {
    Object.assign(this, { api, id, name, last: after, by });
    this.loop = this.#live();
  }

  async #live() {
    for (let attempt = 0; !this.#stopped; attempt++) {
      const ended = await this.#connect();
      if (ended.worked) attempt = 0;
      // Nothing but a lost connection is expected: a server that was killed, or not yet there.
      if (![1000, 1005, 1006, 1012, 1013].includes(ended.code)) this.faults.push(`${this.name}: closed with ${ended.code} ${ended.reason}`);
      if (!this.#stopped) await sleep(Math.min(50 * 2 ** attempt, 800) * (0.5 + Math.random() / 2));
    }
  }

  #connect() {
    return new Promise((resolve) => {
      const socket = openSocket(this.api, this.id, { by: this.by });
      let worked = false;
      this.#socket = socket;
      socket.on("open", () => {
        worked = true;
        this.connects += 1;
        socket.send(JSON.stringify({ type: "subscribe", requestId: LOG, after: this.last }));
      });
      socket.on("message", (data) => this.#hear(String(data)));
      socket.on("unexpected-response", (request, response) => {
        response.resume();
        if (response.statusCode < 500) this.faults.push(`${this.name}: handshake refused with ${response.statusCode}`);
        request.destroy();
        resolve({ code: 1006, reason: "", worked });
      });
      socket.on("error", () => {});
      socket.on("close", (code, reason) => resolve({ code, reason: String(reason), worked }));
    });
  }

  #hear(text) {
    if (text === "pong") return;
    const frame = JSON.parse(text);
    if (frame.type === "error") this.faults.push(`${this.name}: error frame ${frame.errorText}`);
    if (frame.type !== "event" || frame.requestId !== LOG) return;
    if (frame.seq !== this.last + 1) {
      this.faults.push(`${this.name}: number ${frame.seq} after ${this.last}`);
      if (frame.seq <= this.last) return;
    }
    this.last = frame.seq;
    this.seen.push({ seq: frame.seq, event: frame.event });
  }

  /** The open socket, for frames of the test's own. */
  socket = () => until(`${this.name} to be connected`, () => (this.#socket?.readyState === WebSocket.OPEN ? this.#socket : null));

  /** Drops the connection without a word, as a lost network does; the tab reconnects. */
  cut() {
    this.#socket?.terminate();
  }

  async close() {
    this.#stopped = true;
    this.#socket?.terminate();
    await within(`${this.name} to end`, this.loop, 5_000);
  }

  /** The text of an answer as this device assembled it. */
  text = (messageId) => this.seen.filter(({ event }) => event.type === "message.delta" && event.messageId === messageId).map(({ event }) => event.text).join("");

  /** The event that ended the turn, if it was seen. */
  ended = (turnId) => this.seen.find(({ event }) => event.type === "turn.ended" && event.turnId === turnId)?.event;

  untilEnded = (turnId, ms = 30_000) => until(() => `${this.name} to see turn ${turnId} end (it saw ${this.last} events)`, () => this.ended(turnId), ms);

  untilSeq = (seq, ms = 10_000) => until(() => `${this.name} to reach event ${seq} (it has ${this.last})`, () => this.last >= seq, ms);

  untilText = (messageId, length, ms = 10_000) => until(() => `${this.name} to show ${length} characters`, () => this.text(messageId).length >= length, ms);
}
