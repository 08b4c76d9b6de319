// The parts of two neighbouring versions work together: what one adds, the other passes over (F-14).
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Tab } from "../support/client.mjs";
import { startHarness } from "../support/harness.mjs";
import { answer } from "../support/script.mjs";
import { readSse } from "../support/sse.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const upstream = await startUpstream();
const vars = { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: "test-key", DEFAULT_MODEL: "test-model" };
const harness = await startHarness(vars, join(import.meta.dirname, "../support/next-entry.mjs"));
const api = await Api.guest(harness.base);
const tabs = [];
after(async () => {
  await Promise.all(tabs.map((tab) => tab.close()));
  await harness.close();
  await upstream.close();
});

test("a conversation lives while everything around it is of the next version", async () => {
  const { id } = await api.create({ title: "Two versions", systemPrompt: "Be brief." });
  const pair = ["left", "right"].map((name, n) => new Tab(api, id, { name, by: n ? "cookie" : "bearer" }));
  tabs.push(...pair);
  for (const tab of pair) await tab.untilSeq(1);
  const sent = [];
  for (let n = 0; n < 3; n++) {
    // Asleep in between: rows and attachments are read again.
    await harness.evict(id);
    const turn = `mixed${n}`;
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=8 delay=3`);
    await pair[0].untilEnded(turnId);
    sent.push({ turn, tokens: 8, message, turnId });
  }
  const long = await api.send(id, "turn=cut tokens=2 fault=stall@1");
  assert.equal((await api.stop(id, { turnId: long.turn.id })).status, 202);
  assert.equal((await pair[1].untilEnded(long.turn.id)).status, "stopped");
  await harness.evict(id);
  assert.equal((await api.expect(200, "PATCH", at(id), { json: { title: "One log" } })).title, "One log");
  await harness.evict(id);
  await pair[1].untilSeq(pair[0].last);
  await assertSound(api, id, { sent, tabs: pair });
  assert.deepEqual(pair.map(({ connects }) => connects), [1, 1], "a socket was lost");

  const again = await api.raw("POST", "/api/chat", { json: { id, messages: [], trigger: "regenerate-message", messageId: sent[2].turnId } });
  const chunks = (await readSse("the answer made anew", again)).slice(0, -1).map(({ data }) => JSON.parse(data));
  assert.equal(chunks.filter(({ type }) => type === "text-delta").map(({ delta }) => delta).join(""), answer("mixed2", 8));
  const { systemPrompt, messageCount } = await api.get(id);
  assert.deepEqual([systemPrompt, messageCount], ["Be brief.", 9]);
});

test("the catalogue follows jobs of the next version", async () => {
  const { id } = await api.create({ title: "Catalogue" });
  await api.send(id, "turn=row tokens=3 delay=0");
  // The queue alone brings the row of an answer: a job that is refused would come again after 5 s.
  const row = await until("the row", async () => {
    const { conversations } = await api.expect(200, "GET", "/api/chat/conversations?q=catalogue");
    return conversations.find(({ messageCount }) => messageCount === 2);
  }, 4_500, 200);
  assert.ok(row.preview.includes(answer("row", 1).split(" ")[0]), row.preview);
  assert.equal((await api.call("DELETE", at(id))).status, 204);
  assert.deepEqual((await api.expect(200, "GET", "/api/chat/conversations?q=catalogue")).conversations, []);
});

test("what cannot be passed over fails alone, and says to try again", async () => {
  const { id } = await api.create();
  for (const title of ["later call", "later reply"]) {
    const reply = await api.call("PATCH", at(id), { json: { title } });
    assertProblem(reply, 503, title);
    assert.match(reply.headers.get("retry-after"), /^[1-9]\d*$/);
  }
  const { turn } = await api.send(id, "turn=after tokens=3 delay=0");
  await until("an answer after that", async () => (await api.message(id, turn.id)).status === "completed");
});

test("nothing of that was vacuous", async () => {
  const told = await api.expect(200, "GET", "/api/build");
  console.log(JSON.stringify(told));
  for (const [kind, times] of Object.entries(told)) assert.ok(times > 0, `no ${kind} of the next version were seen`);
  assert.deepEqual(upstream.anomalies, []);
});
