// The wasm instance dies in the middle of everything: readers are answered all the same, sockets stay, answers go on (F-15).
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Api, at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Tab } from "../support/client.mjs";
import { startHarness } from "../support/harness.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { until, within } from "../support/wait.mjs";

const upstream = await startUpstream();
const vars = { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: "test-key", DEFAULT_MODEL: "test-model", CHAT_TIMEOUT_MS: "600000" };
const harness = await startHarness(vars, join(import.meta.dirname, "../support/crash-entry.mjs"));
const tabs = [];
after(async () => {
  await Promise.all(tabs.map((tab) => tab.close()));
  await harness.close();
  await upstream.close();
});

test("answers under way are whole after two crashes, and whoever only read is answered", { timeout: 120_000 }, async () => {
  const api = await Api.guest(harness.base);
  const streams = await Promise.all(Array.from({ length: 4 }, async (_, n) => {
    const { id } = await api.create();
    const pair = ["left", "right"].map((name) => new Tab(api, id, { name: `${name} ${n}` }));
    tabs.push(...pair);
    for (const tab of pair) await tab.untilSeq(1);
    const turn = `crash${n}`;
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=90 delay=20`);
    return { id, pair, sent: [{ turn, tokens: 90, message, turnId }] };
  }));
  const idle = (await api.create()).id;
  for (let crash = 0; crash < 2; crash++) {
    for (const { pair, sent } of streams) await pair[0].untilText(sent[0].turnId, 300 + 600 * crash, 40_000);
    const waiting = api.call("GET", at(idle, "/events?after=1&wait=2"));
    waiting.catch(() => {});
    await until("the long poll to wait", async () => (await fetch(`${harness.base}/health`)).ok);
    assert.equal(await (await fetch(`${harness.base}/api/crash`)).text(), "crashed: RuntimeError");
    assert.equal((await within("the call that was under way", waiting, 10_000)).status, 200);
    assert.equal((await api.get(idle)).id, idle, "the next call is served");
  }
  const since = Date.now();
  for (const { pair, sent } of streams) for (const tab of pair) await tab.untilEnded(sent[0].turnId, 60_000);
  console.log(`all answers were whole ${Date.now() - since} ms after the second crash; connections of the tabs: ${tabs.map(({ connects }) => connects).join(" ")}`);
  for (const { id, pair, sent } of streams) await assertSound(api, id, { sent, tabs: pair });
  assert.deepEqual(upstream.anomalies, []);
  const late = await api.send(idle, "turn=after tokens=3 delay=0");
  await until("a message after the crashes to be answered", async () => (await api.message(idle, late.turn.id)).status === "completed");
});

test("memory runs out in one request: none of 100 beside it is harmed beyond a resume", { timeout: 120_000 }, async () => {
  const api = await Api.guest(harness.base);
  const streams = await Promise.all(Array.from({ length: 40 }, async (_, n) => {
    const { id } = await api.create();
    const tab = new Tab(api, id, { name: `beside ${n}` });
    tabs.push(tab);
    await tab.untilSeq(1);
    return { id, tab };
  }));
  const sent = await Promise.all(streams.map(async ({ id }, n) => {
    const turn = `beside${n}`;
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=40 delay=100`);
    return { turn, tokens: 40, message, turnId };
  }));
  const idle = (await api.create()).id;
  const polls = Array.from({ length: 40 }, () => api.call("GET", at(idle, "/events?after=1&wait=5")));
  const reads = Array.from({ length: 20 }, () => api.call("GET", at(idle)));
  await until("the polls to wait", async () => (await fetch(`${harness.base}/health`)).ok);
  assert.equal(await (await fetch(`${harness.base}/api/exhaust`)).text(), "crashed: RuntimeError");
  const cut = streams.filter(({ tab }, n) => !tab.ended(sent[n].turnId)).length;
  assert.ok(cut > 0, "every answer had ended before the crash");
  const since = Date.now();
  const statuses = (await Promise.all([...polls, ...reads])).map(({ status }) => status);
  assert.deepEqual(statuses, statuses.map(() => 200), "requests beside the crash");
  await Promise.all(streams.map(({ tab }, n) => tab.untilEnded(sent[n].turnId, 60_000)));
  console.log(`${cut} answers were cut; all were whole ${Date.now() - since} ms after the crash`);
  await Promise.all(streams.map(({ id, tab }, n) => assertSound(api, id, { sent: [sent[n]], tabs: [tab] })));
  assert.deepEqual(upstream.anomalies, []);
});
