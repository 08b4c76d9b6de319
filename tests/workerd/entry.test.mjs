// entry.mjs around a scripted wasm: a crash is answered at once, to everybody who was inside, in the right shape.
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { beforeEach, test } from "node:test";

const RUNTIME = `
  class Base { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }
  export { Base as DurableObject, Base as WorkerEntrypoint };`;
// Each method does what the test says.
const SHIM = `
  const does = (name) => (...args) => globalThis.script[name](...args);
  class Scripted { fetch = does("fetch"); queue = does("queue"); scheduled = does("scheduled"); answer = does("answer"); alarm = does("alarm"); webSocketMessage = does("webSocketMessage"); }
  export { Scripted as default, Scripted as Conversation };`;

registerHooks({
  resolve(specifier, context, next) {
    const source = { "cloudflare:workers": RUNTIME, "./build/index.js": SHIM }[specifier];
    return source ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true } : next(specifier, context);
  },
});

let onError;
globalThis.addEventListener = (_, listener) => (onError = listener);
const { default: Edgewise, Conversation } = await import("../../entry.mjs");
const worker = new Edgewise({}, {});
const object = new Conversation({}, {});
const post = (url) => new Request(url, { method: "POST" });
const trap = () => new WebAssembly.RuntimeError("unreachable");
const never = () => new Promise(() => {});

beforeEach((t) => {
  globalThis.script = {};
  globalThis.__worker_init_state = { criticalError: false };
  t.mock.method(console, "error", () => {});
});

test("what the wasm answers goes through untouched", async () => {
  const reply = new Response("hello");
  script.fetch = async () => reply;
  assert.equal(await worker.fetch(new Request("http://x/api")), reply);
  assert.equal(await object.fetch(new Request("http://x/socket")), reply);
  script.answer = async (call) => `reply to ${call}`;
  assert.equal(await object.answer("call"), "reply to call");
});

test("a trap in one call ends all calls under way, and asks for a new instance", async () => {
  script.fetch = never;
  script.answer = never;
  const waiting = [worker.fetch(post("http://x/a")), object.fetch(post("http://x/b"))];
  const called = assert.rejects(object.answer("call"), /^Error: the object failed$/);
  onError({ error: trap() }); // a trap inside a poll has no caller
  for (const reply of await Promise.all(waiting)) assert.equal(reply.status, 500);
  await called;
  assert.equal(__worker_init_state.criticalError, true);

  __worker_init_state.criticalError = false;
  const beside = worker.fetch(post("http://x/c"));
  script.fetch = () => {
    throw trap(); // and one with a caller is told to the others too
  };
  await worker.fetch(post("http://x/d"));
  assert.equal((await beside).status, 500);
  assert.equal(__worker_init_state.criticalError, true);
});

test("what only reads is read again beside a crash, once", async () => {
  const tries = { a: 0, b: 0 };
  script.fetch = ({ url }) => {
    const name = new URL(url).pathname.slice(1);
    return ++tries[name] === 1 ? never() : Promise.resolve(new Response("read again"));
  };
  const beside = worker.fetch(new Request("http://x/a"));
  onError({ error: trap() });
  assert.equal(await (await beside).text(), "read again");

  script.fetch = async () => {
    tries.b++;
    throw trap();
  };
  assert.equal((await worker.fetch(new Request("http://x/b"))).status, 500);
  assert.equal(tries.b, 2);
});

test("what a dead instance has left behind does not end the one that runs", async () => {
  script.fetch = never;
  let settled = false;
  worker.fetch(post("http://x/waiting")).then(() => (settled = true));
  const late = new Error("Cannot invoke closure from previous WASM instance");
  onError({ error: late });
  script.fetch = async () => Promise.reject(late);
  assert.equal((await worker.fetch(post("http://x/late"))).status, 500);
  assert.equal(__worker_init_state.criticalError, false);
  assert.equal(settled, false);
});

test("an ordinary failure harms nobody else", async () => {
  script.fetch = never;
  let settled = false;
  worker.fetch(new Request("http://x/waiting")).then(() => (settled = true));
  script.fetch = async () => Promise.reject(new Error("no such table"));
  assert.equal((await worker.fetch(new Request("http://x/failing"))).status, 500);
  assert.equal(__worker_init_state.criticalError, false);
  assert.equal(settled, false);
});

test("the answer is a problem, or OpenAI's error below /v1, and tells nothing of the inside", async () => {
  script.fetch = async () => Promise.reject(new Error("secret detail"));
  const reply = await worker.fetch(new Request("http://x/api/chat?q=private"));
  assert.equal(reply.headers.get("content-type"), "application/problem+json");
  const body = await reply.json();
  assert.deepEqual(Object.keys(body), ["type", "title", "status", "detail", "requestId", "errorId", "error", "message"]);
  assert.equal(body.requestId, reply.headers.get("x-request-id"));
  assert.doesNotMatch(JSON.stringify(body), /secret/);
  const [line] = console.error.mock.calls.at(-1).arguments;
  assert.equal(JSON.parse(line).requestId, body.requestId);
  assert.doesNotMatch(line, /private/);

  const openAi = await worker.fetch(new Request("http://x/v1/chat/completions"));
  assert.deepEqual(Object.keys((await openAi.json()).error), ["message", "type", "param", "code"]);
});

test("queue, cron and alarm fail, so that the runtime tries again", async () => {
  for (const name of ["queue", "scheduled"]) {
    script[name] = async () => Promise.reject(trap());
    await assert.rejects(worker[name]({}), WebAssembly.RuntimeError);
  }
  script.alarm = async () => Promise.reject(trap());
  await assert.rejects(object.alarm({}), WebAssembly.RuntimeError);
});

test("a frame that crashed closes its socket: the client resumes instead of waiting", async (t) => {
  script.webSocketMessage = async () => Promise.reject(trap());
  const close = t.mock.fn();
  await object.webSocketMessage({ close, readyState: WebSocket.OPEN }, "frame");
  assert.equal(close.mock.calls[0].arguments[0], 1011);
});

test("frames of a socket that was closed do not enter the wasm", async (t) => {
  script.webSocketMessage = t.mock.fn();
  await object.webSocketMessage({ readyState: WebSocket.CLOSING }, "frame");
  assert.equal(script.webSocketMessage.mock.callCount(), 0);
});
