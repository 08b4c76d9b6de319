// An object that is put to sleep between any two frames keeps its sockets and its numbers (F-03). In the middle of an
// answer the harness refuses to: it waits for it (F-04 is the kills' business).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Api } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Tab, frames, openSocket, opened } from "../support/client.mjs";
import { startHarness } from "../support/harness.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const upstream = await startUpstream();
const harness = await startHarness({ OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: "test-key", DEFAULT_MODEL: "test-model" });
const tabs = [];
after(async () => {
  await Promise.all(tabs.map((tab) => tab.close()));
  await harness.close();
  await upstream.close();
});

async function begin(name) {
  const api = await Api.guest(harness.base);
  const { id } = await api.create();
  const tab = new Tab(api, id, { name });
  tabs.push(tab);
  await tab.untilSeq(1);
  return { api, id, tab };
}

test("sockets stay through sleep, and the first frame after it is served", async () => {
  const { api, id, tab } = await begin("sleeper");
  const second = new Tab(api, id, { name: "second" });
  tabs.push(second);
  await second.untilSeq(1);
  const sent = [];
  for (let n = 0; n < 6; n++) {
    await harness.evict(id);
    const { message, turn } = await api.send(id, `turn=sleep${n} tokens=8 delay=3`);
    await tab.untilEnded(turn.id);
    sent.push({ turn: `sleep${n}`, tokens: 8, message, turnId: turn.id });
  }
  await second.untilSeq(tab.last);
  assert.deepEqual([tab.connects, second.connects], [1, 1], "a socket was lost");
  await assertSound(api, id, { sent, tabs: [tab, second] });
});

test("sleep between any two frames of one socket changes none of the answers", async () => {
  const { api, id } = await begin("watcher");
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  const step = async (frame, what, enough) => {
    await harness.evict(id);
    got.length = 0;
    socket.send(JSON.stringify(frame));
    await until(() => `${what}; came: ${JSON.stringify(got).slice(0, 300)}`, () => enough(got), 8_000);
    return [...got];
  };
  const common = { id, headers: {}, body: {} };
  const message = (text) => ({ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text }] });
  const ended = (all) => all.some(({ type }) => type === "end");
  await step({ type: "resume", requestId: "r0", ...common }, "no-active", (all) => all.some(({ type }) => type === "no-active"));
  const first = await step({ type: "send", requestId: "r1", trigger: "submit-message", messages: [message("turn=wake1 tokens=6 delay=2")], ...common }, "an answer", ended);
  const chunks = first.filter(({ type }) => type === "chunk");
  assert.deepEqual(chunks.map(({ sequence }) => sequence), chunks.map((_, n) => n), "frames of the answer");
  await step({ type: "subscribe", requestId: "$log", after: 2 }, "the log", (all) => all.filter(({ type }) => type === "event").length >= 3);
  await step({ type: "abort", requestId: "r1" }, "nothing", () => true);
  const second = await step({ type: "send", requestId: "r2", trigger: "submit-message", messages: [message("turn=wake2 tokens=6 delay=2")], ...common }, "an answer and its events", (all) => ended(all) && all.some(({ event }) => event?.type === "turn.ended"));
  const seqs = second.filter(({ type }) => type === "event").map(({ seq }) => seq);
  assert.deepEqual(seqs, seqs.map((_, n) => seqs[0] + n), "the subscription slept along");
  assert.equal(second.filter(({ chunk }) => chunk?.type === "start").length, 1, "start came twice");
  assert.equal(second.filter(({ chunk }) => chunk?.type === "finish").length, 1, "finish came twice");
  assert.equal(socket.readyState, socket.OPEN);
  socket.close();
});

test("the model was never asked to go on from what it had not said", () => assert.deepEqual(upstream.anomalies, []));
