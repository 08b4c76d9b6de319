// Several devices, one log: the same numbers in the same order, live, late and after any loss of connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { closed, frames, openSocket, opened } from "../support/client.mjs";
import { assertSound } from "../support/audit.mjs";
import { Rig } from "../support/rig.mjs";
import { random } from "../support/script.mjs";
import { seed } from "../support/seed.mjs";
import { sleep, until } from "../support/wait.mjs";

const rig = await Rig.start("tabs");

test("two tabs whose connections break all the time show the same as one that stays", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tabs = ["bearer", "cookie", "bearer"].map((by, n) => rig.tab(api, id, { name: `tab ${n}`, by }));
  const next = random(seed);
  const sent = [];
  let busy = true;
  const breaking = (async () => {
    while (busy) {
      await sleep(30 + next() * 150);
      tabs[1 + Math.floor(next() * 2)].cut();
    }
  })();
  for (let n = 0; n < 4; n++) {
    const { message, turn } = await api.send(id, `turn=tabs${n} tokens=60 delay=8`);
    sent.push({ turn: `tabs${n}`, tokens: 60, message, turnId: turn.id });
  }
  for (const { turnId } of sent) await tabs[0].untilEnded(turnId);
  busy = false;
  await breaking;
  for (const tab of tabs) await tab.untilSeq(tabs[0].last);
  assert.ok(tabs[1].connects + tabs[2].connects > 6, "the connections did not break");
  await assertSound(api, id, { sent, tabs });
});

test("what one tab sends over its socket the other sees, with the id that the first gave it", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const watcher = rig.tab(api, id, { name: "watcher" });
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  const clientId = crypto.randomUUID();
  const send = { type: "send", requestId: "r1", id, trigger: "submit-message", headers: {}, body: {}, messages: [{ id: clientId, role: "user", parts: [{ type: "text", text: "turn=frame tokens=5 delay=2" }] }] };
  socket.send(JSON.stringify(send));
  const end = await until("the end frame", () => got.find(({ type }) => type === "end"));
  assert.equal(end.requestId, "r1");
  const chunks = got.filter(({ type }) => type === "chunk");
  assert.deepEqual(chunks.map(({ sequence }) => sequence), chunks.map((_, n) => n));
  assert.equal(chunks[0].chunk.type, "start");
  assert.equal(chunks.at(-1).chunk.type, "finish");
  const created = await until("the watcher to see it", () => watcher.seen.find(({ event }) => event.type === "message.created"));
  assert.equal(created.event.message.clientMessageId, clientId);
  await watcher.untilEnded(chunks[0].chunk.messageId);

  // The same frame again, as a client does that never heard back: the first one's answer.
  got.length = 0;
  socket.send(JSON.stringify({ ...send, requestId: "r2" }));
  await until("the end of the repeat", () => got.find(({ type }) => type === "end"));
  assert.deepEqual(got.filter(({ type }) => type === "chunk").map(({ chunk }) => chunk), chunks.map(({ chunk }) => chunk));
  assert.equal((await api.messages(id)).length, 2);
  assert.equal(rig.upstream.of("frame").length, 1);
  socket.close(1000);
  assert.equal((await closed(socket)).code, 1000);
});

test("resume replays the running turn, or only what comes after lastSequence; without one it says no-active", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  const resume = (requestId, lastSequence) => socket.send(JSON.stringify({ type: "resume", requestId, id, lastSequence, headers: {}, body: {} }));
  resume("none");
  await until("no-active", () => got.find(({ type, requestId }) => type === "no-active" && requestId === "none"));
  const { turn } = await api.send(id, "turn=resume tokens=60 delay=10");
  await until("the model to speak", () => rig.upstream.of("resume")[0]?.tokens > 10);
  resume("all");
  await until("chunks", () => got.filter(({ requestId, type }) => requestId === "all" && type === "chunk").length > 4);
  resume("rest", 3);
  await until("both ends", () => got.filter(({ type }) => type === "end").length === 2);
  const of = (request) => got.filter(({ requestId, type }) => requestId === request && type === "chunk");
  assert.equal(got.find(({ requestId }) => requestId === "all").type, "start");
  assert.deepEqual(of("all").map(({ sequence }) => sequence), of("all").map((_, n) => n));
  assert.equal(of("all")[0].chunk.messageId, turn.id);
  assert.deepEqual(of("rest").map(({ sequence, chunk }) => [sequence, chunk]), of("all").slice(4).map(({ sequence, chunk }) => [sequence, chunk]));
  socket.close(1000);
});

test("numbers of chunks that were never sent are no harm", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  await api.send(id, "turn=ahead tokens=20 delay=10");
  for (const [requestId, lastSequence] of [["far", 1e9], ["farther", Number.MAX_SAFE_INTEGER]]) {
    socket.send(JSON.stringify({ type: "resume", requestId, id, lastSequence, headers: {}, body: {} }));
  }
  await until("both to be answered to the end", () => ["far", "farther"].every((requestId) => got.some((frame) => frame.requestId === requestId && ["end", "error"].includes(frame.type))));
  assert.deepEqual(got.filter(({ type }) => type === "chunk"), []);
  socket.close(1000);
});

test("ping is answered pong, and a deleted conversation closes its tabs", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const socket = await opened(openSocket(api, id));
  let pongs = 0;
  socket.on("message", (data) => String(data) === "pong" && pongs++);
  socket.send("ping");
  await until("pong", () => pongs === 1);
  const end = closed(socket);
  await api.call("DELETE", `/api/chat/conversations/${id}`);
  assert.equal((await end).code, 4404);
});
