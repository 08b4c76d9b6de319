// The stock WebSocketChatTransport of `ai` 7 works unmodified: send, history, regenerate, edit, stop, resume, failure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocketChatTransport } from "ai";
import WebSocket from "ws";
import { at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { until, within } from "../support/wait.mjs";
import { textOf, uiMessage, untilSaid, versions } from "./stock.mjs";

const rig = await Rig.start("ai7-websocket");
const { Chat } = versions[7];

/** A stock chat on the conversation; `by` says how the handshake is authenticated. */
function chatOf(api, id, { by = "bearer", messages } = {}) {
  const sockets = [];
  const cookie = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers: { cookie: api.cookie, origin: api.base } });
      sockets.push(this);
    }
  };
  const bearer = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  const transport = new WebSocketChatTransport({
    url: api.base + at(id, "/ws"),
    ...(by === "cookie" ? { webSocket: cookie } : { webSocket: bearer, protocols: ["bearer", api.token] }),
  });
  const chat = new Chat({ id, transport, messages, onError: () => {} });
  return { chat, transport, sockets };
}

async function open(options) {
  const api = await rig.guest();
  const { id } = await api.create();
  return { api, id, ...chatOf(api, id, options) };
}

const done = (promise) => within("the stock chat to finish", promise, 20_000);

for (const by of ["bearer", "cookie"]) {
  test(`send and history, authenticated by ${by}`, async () => {
    const { api, id, chat, transport } = await open({ by });
    await done(chat.sendMessage({ text: `turn=ws-${by} tokens=20 delay=5` }));
    assert.equal(chat.error, undefined);
    assert.equal(chat.status, "ready");
    assert.equal(textOf(chat.messages[1]), answer(`ws-${by}`, 20));
    assert.deepEqual(chat.messages[1].metadata.usage, { inputTokens: 7, outputTokens: 20 });
    assert.equal(chat.messages[1].metadata.model, "test-model");
    await done(chat.sendMessage({ text: `turn=ws-${by}2 tokens=3 delay=0` }));
    const stored = await api.messages(id);
    assert.deepEqual(stored.map(({ role, content }) => [role, content]), chat.messages.map((message) => [message.role, textOf(message)]));
    assert.equal(stored[1].id, chat.messages[1].id, "the answer has one id");
    assert.equal(stored[0].clientMessageId, chat.messages[0].id);
    assert.deepEqual(rig.upstream.of(`ws-${by}2`)[0].body.messages.map(({ role }) => role), ["user", "assistant", "user"]);
    transport.close();
  });
}

test("the socket of Node itself works, and the chat's own id may be any", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const transport = new WebSocketChatTransport({ url: api.base + at(id, "/ws"), protocols: ["bearer", api.token] });
  const chat = new Chat({ transport });
  await done(chat.sendMessage({ text: "turn=native tokens=3 delay=0" }));
  assert.equal(textOf(chat.messages[1]), answer("native", 3));
  transport.close();
});

test("regenerate makes another answer to the same question", async () => {
  const { api, id, chat, transport } = await open();
  await done(chat.sendMessage({ text: "turn=again tokens=4 delay=0" }));
  const first = chat.messages[1].id;
  await done(chat.regenerate());
  assert.equal(chat.error, undefined);
  assert.equal(chat.messages.length, 2);
  assert.notEqual(chat.messages[1].id, first);
  assert.equal(textOf(chat.messages[1]), answer("again", 4));
  assert.deepEqual(rig.upstream.of("again")[1].body.messages.map(({ role }) => role), ["user"]);
  const stored = await api.messages(id);
  assert.equal(stored.at(-1).id, chat.messages[1].id);
  assert.equal(stored.at(-1).parentId, stored[0].id);
  await done(chat.regenerate({ messageId: chat.messages[0].id }));
  assert.equal(chat.error, undefined, "regenerate by the id of the question");
  assert.equal(textOf(chat.messages[1]), answer("again", 4));
  transport.close();
});

test("an edited question is answered anew", async () => {
  const { chat, transport } = await open();
  await done(chat.sendMessage({ text: "turn=edit1 tokens=3 delay=0" }));
  await done(chat.sendMessage({ text: "turn=edit2 tokens=3 delay=0", messageId: chat.messages[0].id }));
  assert.equal(chat.error, undefined);
  assert.equal(textOf(chat.messages.at(-1)), answer("edit2", 3));
  assert.deepEqual(rig.upstream.of("edit2")[0]?.body.messages.map(({ role }) => role), ["user"]);
  transport.close();
});

test("stop reaches the model within a second and keeps what was said", async () => {
  const { api, id, chat, transport } = await open();
  const sending = chat.sendMessage({ text: "turn=wsstop tokens=900 delay=10" });
  await untilSaid(chat, 100);
  const since = Date.now();
  await chat.stop();
  await done(sending);
  const [request] = rig.upstream.of("wsstop");
  await until("the model to be cut off", () => request.abortedAt, 3_000);
  assert.ok(request.abortedAt - since <= 1_000, `cut off after ${request.abortedAt - since} ms`);
  const last = await until("the stored answer to be stopped", async () => (await api.messages(id)).find(({ status }) => status === "stopped"));
  assert.ok(last.content.startsWith(textOf(chat.messages.at(-1))));
  transport.close();
});

test("a page that is opened in the middle resumes the answer whole, and can stop it", async () => {
  const { api, id, chat, transport, sockets } = await open();
  const sending = chat.sendMessage({ text: "turn=wsresume tokens=80 delay=15" });
  await untilSaid(chat, 150);
  sockets.at(-1).terminate();
  await done(sending);
  assert.equal(chat.status, "error", "the stock chat calls a lost connection an error");

  const history = (await api.messages(id)).map(uiMessage);
  const later = chatOf(api, id, { messages: history });
  await done(later.chat.resumeStream());
  assert.equal(later.chat.error, undefined);
  assert.equal(later.chat.messages.length, 2, "the partial answer was shown twice");
  assert.equal(textOf(later.chat.messages[1]), answer("wsresume", 80));
  assert.equal(later.chat.messages[1].id, history[1].id);
  // The first page comes back as well; nothing is active any more, so nothing changes.
  await done(chat.resumeStream());
  later.transport.close();

  const third = chatOf(api, id, { messages: (await api.messages(id)).map(uiMessage) });
  void third.chat.sendMessage({ text: "turn=wsresume2 tokens=900 delay=10" });
  await until("the model to speak", () => rig.upstream.of("wsresume2")[0]?.tokens > 5);
  const fourth = chatOf(api, id, { messages: (await api.messages(id)).map(uiMessage) });
  const resumed = fourth.chat.resumeStream();
  await until("the resumed answer to be shown", () => textOf(fourth.chat.messages.at(-1)).includes("⟦wsresume2:5⟧"));
  await fourth.chat.stop();
  await done(resumed);
  await until("the model to be cut off by the page that resumed", () => rig.upstream.of("wsresume2")[0].abortedAt, 3_000);
  for (const each of [third, fourth]) each.transport.close();
  transport.close();
});

test("a connection that is lost and found again shows the whole answer", async () => {
  const { chat, transport, sockets } = await open();
  const sending = chat.sendMessage({ text: "turn=wslost tokens=60 delay=15" });
  await untilSaid(chat, 100);
  sockets.at(-1).terminate();
  await done(sending);
  await done(chat.resumeStream());
  assert.equal(chat.error, undefined);
  assert.equal(textOf(chat.messages.at(-1)), answer("wslost", 60));
  assert.equal(chat.messages.length, 2);
  transport.close();
});

test("a failed answer is an error with a sentence, and keeps what was said", async () => {
  const { chat, transport } = await open();
  await done(chat.sendMessage({ text: "turn=wsfail tokens=4 fault=401" }));
  assert.equal(chat.status, "error");
  assert.ok(chat.error.message.length > 10 && !chat.error.message.includes("sk-secret"), chat.error.message);
  await done(chat.sendMessage({ text: "turn=wsfine tokens=3 delay=0" }));
  assert.equal(textOf(chat.messages.at(-1)), answer("wsfine", 3));
  transport.close();
});

test("nothing to resume is no error", async () => {
  const { chat, transport } = await open();
  await done(chat.resumeStream());
  assert.deepEqual([chat.status, chat.error, chat.messages.length], ["ready", undefined, 0]);
  transport.close();
});
