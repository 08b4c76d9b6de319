// The sides of the comparison: how each is started, and how a client talks to it.
//
// A side: `{ url, pid, kill, open(), history(conversation) }`. `open` makes a conversation with its connection:
// `{ id, ask(script, hear), close() }`. `burst` is how many tokens an unthrottled stream of it has.
import { createHmac, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../tests/support/api.mjs";
import { startServer } from "../tests/support/server.mjs";
import { openLine, post } from "./support/line.mjs";
import { startPeer } from "./support/peer.mjs";
import { directUrl } from "./support/workerd.mjs";

const ws = (url) => url.replace(/^http/, "ws");
const uiMessage = (text) => ({ id: randomUUID(), role: "user", parts: [{ type: "text", text }] });
const isText = (frame) => frame.includes("text-delta");

async function startEdgewise({ upstream, stateDir }) {
  const settings = ["STREAM_BATCH_MS"].filter((name) => process.env[name]).map((name) => [name, process.env[name]]);
  // No peer writes a line for each request, and the local server carries each through its inspector.
  const quiet = { RATE_LIMIT_ENABLED: "false", LOG_LEVEL: "warn" };
  const vars = { OPENAI_BASE_URL: upstream, OPENAI_API_KEY: "bench", DEFAULT_MODEL: "bench", ...quiet, ...Object.fromEntries(settings) };
  // No peer has a page either: the local server leads each request through one more Worker for it.
  const server = await startServer({ stateDir, vars, page: false });
  const url = await directUrl(server.pid, server.base, "/health");
  const api = await Api.guest(url);
  return {
    url, pid: server.pid, kill: server.kill,
    open: async () => {
      const { id } = await api.create();
      const line = await openLine({
        url: `${ws(url)}/api/chat/conversations/${id}/ws`,
        protocols: ["bearer", api.token],
        says: (script) => JSON.stringify({ type: "send", requestId: randomUUID(), id, trigger: "submit-message", messages: [uiMessage(script)], body: {} }),
        isText,
        isEnd: (frame) => frame.startsWith('{"type":"end"'),
        isError: (frame) => frame.startsWith('{"type":"error"'),
      });
      return { id, ...line };
    },
    history: (id) => ({ url: `${url}/api/chat/conversations/${id}/messages?limit=100`, headers: { authorization: `Bearer ${api.token}` } }),
  };
}

/** Edgewise with its limits on, of which so many requests do not see the end. */
async function startLimited({ stateDir }) {
  const server = await startServer({ stateDir, vars: { RATE_LIMIT_GENERAL: "1000000", LOG_LEVEL: "warn" }, page: false });
  const url = await directUrl(server.pid, server.base, "/health");
  const api = await Api.guest(url);
  const to = (path) => ({ url: url + path, headers: { authorization: `Bearer ${api.token}` } });
  return { url, pid: server.pid, kill: server.kill, hop: { asked: to("/api/auth/session"), unasked: to("/health") } };
}

async function startAgents({ upstream, stateDir }) {
  const peer = await startPeer("agents", { stateDir, vars: { OPENAI_BASE_URL: upstream } });
  const url = await directUrl(peer.pid, peer.url, "/health");
  return {
    ...peer, url,
    open: async () => {
      const id = randomUUID();
      const line = await openLine({
        url: `${ws(url)}/agents/chat-agent/${id}`,
        says: (script) =>
          JSON.stringify({
            type: "cf_agent_use_chat_request",
            id: randomUUID(),
            init: { method: "POST", body: JSON.stringify({ id, messages: [uiMessage(script)], trigger: "submit-message" }) },
          }),
        isText: (frame) => frame.startsWith('{"body"') || frame.includes("cf_agent_use_chat_response") ? isText(frame) : false,
        isEnd: (frame) => frame.includes("cf_agent_use_chat_response") && frame.includes('"done":true'),
        isError: (frame) => frame.includes('"error":true'),
      });
      return { id, ...line };
    },
    history: (id) => ({ url: `${url}/agents/chat-agent/${id}/get-messages`, headers: {} }),
  };
}

async function startHono({ upstream, stateDir }) {
  const secret = randomUUID();
  const peer = await startPeer("hono", { stateDir, vars: { OPENAI_BASE_URL: upstream, SECRET: secret } });
  const url = await directUrl(peer.pid, peer.url, "/health");
  await post(`${url}/setup`, {}, {});
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "u1", exp: Math.floor(Date.now() / 1000) + 86_400 })}`;
  const headers = { authorization: `Bearer ${claims}.${createHmac("sha256", secret).update(claims).digest("base64url")}` };
  return {
    ...peer, url,
    open: async () => {
      const { id } = JSON.parse(await post(`${url}/api/conversations`, headers, {}));
      const ask = (content, hear) => post(`${url}/api/conversations/${id}/messages`, headers, { content }, hear);
      return { id, ask, close: () => {} };
    },
    history: (id) => ({ url: `${url}/api/conversations/${id}/messages`, headers }),
  };
}

const startFloor = (batchMs) => async ({ upstream, stateDir }) => {
  const peer = await startPeer("floor", { stateDir, vars: { OPENAI_BASE_URL: upstream, BATCH_MS: batchMs } });
  const url = await directUrl(peer.pid, peer.url, "/health");
  return {
    ...peer, url,
    open: async () => {
      const id = randomUUID();
      const line = await openLine({
        url: `${ws(url)}/${id}`,
        says: (script) => JSON.stringify({ ask: script }),
        isText: (frame) => frame.startsWith('{"seq"'),
        isEnd: (frame) => frame === '{"end":true}',
      });
      return { id, ...line };
    },
    history: (id) => ({ url: `${url}/${id}`, headers: {} }),
    hop: { asked: { url: `${url}/${randomUUID()}`, headers: {} }, unasked: { url: `${url}/health`, headers: {} } },
  };
};

async function startEmpty({ stateDir }) {
  const peer = await startPeer("empty", { stateDir });
  const url = await directUrl(peer.pid, peer.url, "/");
  return { ...peer, url, history: () => ({ url: `${url}/`, headers: {} }) };
}

const KINDS = {
  edgewise: { title: "Edgewise", start: startEdgewise, burst: 40_000 },
  agents: { title: "agents", start: startAgents, burst: 4_000 },
  hono: { title: "Hono + D1", start: startHono, burst: 40_000 },
  floor: { title: "JS object, 40 ms", start: startFloor(process.env.STREAM_BATCH_MS || 40), burst: 40_000 },
  each: { title: "JS object, each token", start: startFloor(0), burst: 40_000 },
  empty: { title: "empty Worker", start: startEmpty },
};

export const names = Object.keys(KINDS);

/** Measured for its hop alone. */
KINDS.limited = { title: "Edgewise, limits on", start: startLimited };

/** Starts the side `name` with its data under `shelf`. */
export async function startSide(name, { upstream, shelf }) {
  const { start, ...kind } = KINDS[name];
  const stateDir = join(shelf, name);
  mkdirSync(stateDir, { recursive: true });
  return { name, ...kind, ...(await start({ upstream, stateDir })) };
}
