// Answers that are given again: to the very same request of the same tenant, through the same log, for nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { administrator, BOOTSTRAP_SECRET } from "../support/administrator.mjs";
import { FaultRig } from "../support/faults.mjs";
import { answer } from "../support/script.mjs";
import { until } from "../support/wait.mjs";

const PRICES = JSON.stringify({ "test-model": { inputMicroUsd: 10e6, outputMicroUsd: 100e6 } });
const rig = await FaultRig.start({ BOOTSTRAP_SECRET, MODEL_PRICES: PRICES });
const admin = await administrator(rig);
const [ann, bea, cleo] = [await rig.guest(), await rig.guest(), await rig.guest()];
await admin.expect(200, "PUT", "/api/admin/flags/answer-cache", { json: { enabled: true, percent: 0, tenants: [ann.user.id, bea.user.id] } });

/** Asks in a new conversation, with a tab that watches; what the log and the tab have is compared. */
async function ask(api, content, { cache = true, id, edit } = {}) {
  id ??= (await api.create()).id;
  const tab = rig.tab(api, id);
  const { turn } = await api.send(id, content, { cache, ...edit });
  const ended = await tab.untilEnded(turn.id, 30_000);
  assert.equal(ended.status, "completed");
  const reply = await api.message(id, turn.id);
  const log = await api.log(id);
  assert.deepEqual(tab.seen.map(({ seq }) => seq), log.map(({ seq }) => seq), "the tab has seen the log");
  const said = log.filter(({ event }) => event.type === "message.delta" && event.messageId === turn.id).map(({ event }) => event.text);
  assert.equal(said.join(""), reply.content);
  await tab.close();
  return { id, turn: turn.id, reply, ended, said };
}

const asked = (turn) => rig.upstream.of(turn).length;
/** KV has an answer of this tenant more: keeping it is nobody's wait. */
const stored = (api, n) => until(`${n} answers to be kept`, async () => (await rig.calls("CACHE", "put", `^answers/1/${api.user.id}`)).length >= n, 10_000);

test("a hit streams like an answer, is marked, and costs nothing", async () => {
  const first = await ask(ann, "turn=hit tokens=200 delay=0 think=2");
  assert.deepEqual([first.reply.reused, first.reply.content, asked("hit")], [undefined, answer("hit", 200), 1]);
  await stored(ann, 1);
  const second = await ask(ann, "turn=hit tokens=200 delay=0 think=2");
  assert.deepEqual([second.reply.reused, second.reply.content, asked("hit")], [true, answer("hit", 200), 1]);
  assert.deepEqual(second.reply.parts, first.reply.parts, "with the thoughts");
  assert.ok(second.said.length > 2, `${second.said.length} pieces`);
  assert.deepEqual([second.reply.usage, second.ended.usage ?? null], [null, null]);
  // A line of the ledger that comes later tells that none was owed for the hit.
  const third = await ask(ann, "turn=paid tokens=3", { id: second.id });
  const lines = await until("the ledger", async () => {
    const { entries } = await ann.expect(200, "GET", "/api/usage");
    return entries.some(({ messageId }) => messageId === third.turn) && entries;
  }, 60_000, 500);
  assert.ok(!lines.some(({ messageId }) => messageId === second.turn));
});

test("another request, another tenant, no wish and no flag ask the model", async () => {
  const content = "turn=miss tokens=4";
  const { id } = await ask(ann, content);
  await stored(ann, 3);
  for (const [api, changed, cache] of [[bea, content, true], [cleo, content, true], [ann, content, false], [ann, "turn=miss tokens=5", true]]) {
    const before = asked("miss");
    const { reply } = await ask(api, changed, { cache });
    assert.deepEqual([reply.reused, asked("miss")], [undefined, before + 1]);
  }
  const keys = (await rig.calls("CACHE", "get", "^answers/1/")).map(({ about }) => about);
  assert.ok(!keys.some((key) => key.includes(cleo.user.id)), "with the flag off nobody looks");
  // An edited message has another history, or none.
  const before = asked("miss");
  const next = await ask(ann, "turn=miss tokens=4", { id });
  assert.deepEqual([next.reply.reused, asked("miss")], [undefined, before + 1], "what came before is part of the request");
});

test("a large answer rests in R2, and what fails there is a miss", async () => {
  const content = "turn=large tokens=4 pad=20000 delay=0";
  await ask(bea, content);
  const objects = await until("the object", async () => {
    const found = await rig.calls("FILES", "put", `^files/answers/${bea.user.id}/`);
    return found.length && found;
  }, 10_000);
  assert.equal(objects.length, 1);
  await stored(bea, 2);
  const { reply } = await ask(bea, content);
  assert.deepEqual([reply.reused, reply.content === answer("large", 4, 20_000), asked("large")], [true, true, 1]);
  await rig.fail("r2", { binding: "FILES", method: "get", only: "^files/answers/", kind: "throw-before", error: "R2 is down" });
  assert.deepEqual([(await ask(bea, content)).reply.reused, asked("large")], [undefined, 2]);
  await rig.heal("r2");
});

test("KV that throws, hangs or refuses is a miss", async () => {
  for (const [n, rule] of [{ method: "get", kind: "throw-before" }, { method: "get", kind: "hang" }, { method: "put", kind: "throw-before" }].entries()) {
    const content = `turn=kv${n} tokens=3`;
    await rig.fail("kv", { binding: "CACHE", only: "^answers/1/", ...rule });
    for (const time of [1, 2]) assert.deepEqual([(await ask(ann, content)).reply.reused, asked(`kv${n}`)], [undefined, time], JSON.stringify(rule));
    await rig.heal("kv");
  }
  assert.deepEqual(rig.upstream.anomalies, []);
});
