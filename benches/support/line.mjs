// How the bench's clients talk: a WebSocket or a streamed POST, one question at a time, with as little work as possible.
import { once } from "node:events";
import { Agent, request } from "node:http";
import WebSocket from "ws";

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/**
 * A conversation over a WebSocket. `says` makes the frame of a question; `isText` and `isEnd` tell frames apart.
 * `ask(script, hear)` resolves when the answer has ended.
 */
export async function openLine({ url, protocols = [], says, isText, isEnd, isError = () => false }) {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  let current = null;
  socket.on("message", (data) => {
    if (!current) return;
    const frame = String(data);
    if (isText(frame)) current.hear(frame);
    else if (isEnd(frame)) current.resolve();
    else if (isError(frame)) current.reject(new Error(frame.slice(0, 300)));
  });
  socket.on("error", () => {});
  socket.on("close", (code, reason) => current?.reject(new Error(`closed with ${code} ${reason}`)));
  await Promise.race([once(socket, "open"), once(socket, "close").then(() => Promise.reject(new Error(`${url} refused the socket`)))]);
  return {
    ask: (script, hear) =>
      new Promise((resolve, reject) => {
        current = { hear, resolve, reject };
        socket.send(says(script));
      }).finally(() => (current = null)),
    close: () => socket.terminate(),
  };
}

/** A POST whose answer is server-sent events; `hear` gets whole events. */
export function post(url, headers, body, hear = () => {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent, headers: { "content-type": "application/json", ...headers } }, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        rest += piece;
        const end = rest.lastIndexOf("\n\n") + 2;
        if (end < 2) return;
        hear(rest.slice(0, end));
        rest = rest.slice(end);
      });
      response.on("end", () => (response.statusCode < 300 ? resolve(rest) : reject(new Error(`${url} answered ${response.statusCode}: ${rest.slice(0, 300)}`))));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** A GET; resolves to the body's length. */
export function get(url, headers, through = agent) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: through, headers }, (response) => {
      let bytes = 0;
      response.on("data", (piece) => (bytes += piece.length));
      response.on("end", () => (response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url} answered ${response.statusCode}`))));
    });
    sent.on("error", reject);
    sent.end();
  });
}

export const clients = (count) => new Agent({ keepAlive: true, maxSockets: count });
