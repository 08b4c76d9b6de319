// Webhooks on the real runtime: a receiver that is down, kills, lost and repeated messages, 410, rotation. Every request is
// checked with the official library.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startReceiver } from "../support/receiver.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const receiver = await startReceiver();
const vars = { OUTBOUND_ALLOW_HOSTS: `127.0.0.1:${receiver.port}` };
const rig = await Rig.start("webhooks", vars, () => join(import.meta.dirname, "../support/queue-entry.mjs"));

const ALL = "/api/webhooks/endpoints";
const tick = async () => assert.equal((await fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`)).status, 200);

/** Somebody with an endpoint, and nothing that the receiver remembers. */
async function listener(fields = {}) {
  Object.assign(receiver, { status: 200, headers: {}, got: [], faults: [], asked: 0 });
  const api = await rig.guest();
  const { endpoint, secret } = await api.expect(201, "POST", ALL, { json: { url: receiver.url, ...fields } });
  receiver.secrets = [secret];
  return { api, secret, at: (rest = "") => `${ALL}/${endpoint.id}${rest}` };
}

async function chat(api, turn) {
  const { id } = await api.create();
  await api.send(id, `turn=${turn} tokens=3 delay=0`);
  return id;
}

const types = () => receiver.got.map(({ type }) => type);
const show = (api, at) => api.expect(200, "GET", at());

test("what happens is told, in order, signed, and without words", async () => {
  const { api, at } = await listener();
  const id = await chat(api, "told");
  await until("the answer to be told", () => types().includes("message.completed"), 60_000);
  await api.expect(204, "DELETE", `/api/chat/conversations/${id}`);
  await until("the end to be told", () => types().includes("conversation.deleted"), 60_000);
  assert.deepEqual(types(), ["conversation.created", "message.completed", "conversation.deleted"]);
  assert.ok(receiver.got.every(({ data }) => data.conversationId === id));
  assert.ok(!JSON.stringify(receiver.got).includes("turn=told"));
  assert.deepEqual(receiver.faults, []);
  const { attempts } = await api.expect(200, "GET", at("/attempts"));
  assert.deepEqual(attempts.map(({ seq, status }) => [seq, status]), [[3, 200], [2, 200], [1, 200]]);
});

test("a run is told from its start to its end, with its words where they are wanted", async () => {
  const { api } = await listener({ includeContent: true, events: ["run.started", "run.completed"] });
  const agent = await api.expect(201, "POST", "/api/agents", { json: { name: "Scout", model: "edgewise-offline" } });
  const { summary } = await api.expect(201, "POST", `/api/agents/${agent.id}/runs`, { json: { input: "What is 2 + 2?" } });
  await until("the end to be told", () => types().includes("run.completed"), 60_000);
  assert.deepEqual(types(), ["run.started", "run.completed"]);
  assert.deepEqual(receiver.got.map(({ data }) => [data.runId, data.task]), Array(2).fill([summary.id, "What is 2 + 2?"]));
  assert.match(receiver.got[1].data.output, /4/);
  assert.deepEqual(receiver.faults, []);
});

test("a receiver that was down gets everything, in order and once, through kills and lost and repeated messages", { timeout: 240_000 }, async () => {
  const { api, at } = await listener();
  await receiver.down();
  const ids = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 3; n++) ids.push(await chat(api, `down${round}-${n}`));
    // What the broker held is gone with it.
    await rig.kill();
    await rig.restart();
  }
  const bodies = ids.flatMap((source) => Array(3).fill(JSON.stringify({ v: 1, source })));
  const repeat = () => fetch(`${rig.base}/api/enqueue`, { method: "POST", body: JSON.stringify({ queue: "QUEUE_WEBHOOKS", bodies }) });
  await until("the endpoint to be told of everything", async () => {
    await tick();
    await repeat();
    return (await show(api, at)).lastSeq === ids.length * 2;
  }, 120_000, 2_000);
  assert.equal(receiver.got.length, 0);
  await receiver.up();
  await api.expect(200, "PATCH", at(), { json: { enabled: true } });
  await until("everything to be delivered", async () => (await show(api, at)).cursor === ids.length * 2, 60_000);
  await repeat();
  const { events } = await api.expect(200, "GET", at("/events?limit=100"));
  assert.deepEqual(receiver.ids(), events.map(({ id }) => id), "in the order of the endpoint");
  for (const id of ids) {
    assert.deepEqual(receiver.got.filter(({ data }) => data.conversationId === id).map(({ type }) => type), ["conversation.created", "message.completed"]);
  }
  assert.deepEqual(receiver.faults, []);
});

test("killed between two tries it goes on, and a redirect is not followed", { timeout: 120_000 }, async () => {
  const { api, at } = await listener();
  Object.assign(receiver, { status: 307, headers: { location: receiver.url } });
  await api.expect(202, "POST", at("/test"));
  await api.expect(202, "POST", at("/test"));
  await until("a try", async () => (await show(api, at)).attempts === 1 && receiver.asked > 0);
  assert.equal(receiver.asked, 1, "the redirect is an answer");
  await rig.kill();
  receiver.status = 200;
  await rig.restart();
  await until("both to be delivered", () => receiver.got.length === 2, 60_000);
  const { attempts } = await api.expect(200, "GET", at("/attempts"));
  assert.deepEqual(attempts.map(({ seq, status }) => [seq, status]), [[2, 200], [1, 200], [1, 307]]);
});

test("410 ends deliveries, what comes waits, and whoever enables it gets it", async () => {
  const { api, at } = await listener();
  receiver.status = 410;
  await api.expect(202, "POST", at("/test"));
  await until("the endpoint to stop", async () => (await show(api, at)).stopped === "gone");
  assert.equal((await api.call("POST", at("/test"))).status, 409);
  receiver.status = 200;
  await api.expect(200, "PATCH", at(), { json: { enabled: true } });
  await until("the event", () => receiver.got.length === 1);
  await api.expect(200, "POST", at("/replay"), { json: { eventId: receiver.got[0].id } });
  await until("it once more", () => receiver.got.length === 2);
  assert.equal(receiver.ids().length, 1, "under the same id");
});

test("a new secret and the one before both sign", async () => {
  const { api, secret, at } = await listener();
  const { secret: newer } = await api.expect(200, "POST", at("/rotate"));
  receiver.secrets = [secret, newer];
  await api.expect(202, "POST", at("/test"));
  await until("the event", () => receiver.got.length === 1);
  assert.deepEqual(receiver.faults, []);
  receiver.secrets = ["whsec_" + Buffer.alloc(32, 1).toString("base64")];
  await api.expect(202, "POST", at("/test"));
  await until("another event", () => receiver.got.length === 2);
  assert.equal(receiver.faults.length, 1, "the library notices a secret that is not its own");
});
