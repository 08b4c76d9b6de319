// Queue messages that no part of ours would write: none moves, revives or shows anything, and none stops the others.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("jobs", {}, () => join(import.meta.dirname, "../support/queue-entry.mjs"));
const [ann, bob] = [await rig.guest(), await rig.guest()];
const enqueue = (queue, ...bodies) => ann.expect(204, "POST", "/api/enqueue", { json: { queue, bodies } });
const titles = async (api) => (await api.expect(200, "GET", "/api/chat/conversations")).conversations.map(({ title }) => title).sort();

const time = new Date(0).toISOString();
const job = (conversationId, more) =>
  JSON.stringify({ v: 1, conversationId, owner: ann.user.id, version: 1, title: "forged", systemPrompt: null, model: "m", preview: "forged", messageCount: 0, createdAt: time, updatedAt: time, deleted: false, ...more });

/** Once a job of our own that was sent behind them has been done, they have been, too. */
async function settled() {
  const { id } = await ann.create({ title: "marker" });
  await until("the queue to have come so far", async () => (await titles(ann)).includes("marker"), 20_000);
  await ann.expect(204, "DELETE", at(id));
  await until("the marker to be gone", async () => !(await titles(ann)).includes("marker"), 20_000);
}

test("a job of another owner moves nothing, an old one changes nothing, and none revives the dead", async () => {
  const [kept, gone] = [await ann.create({ title: "Kept" }), await ann.create({ title: "Gone" })];
  await until("both to be listed", async () => (await titles(ann)).join() === "Gone,Kept");
  await ann.expect(204, "DELETE", at(gone.id));
  await until("one to be gone", async () => (await titles(ann)).join() === "Kept");
  await enqueue(
    "QUEUE_PROJECTION",
    job(kept.id),
    job(kept.id, { version: 0, deleted: true }),
    job(kept.id, { owner: bob.user.id, title: "Kept", version: 1_000 }),
    job(kept.id, { owner: `project:${crypto.randomUUID()}`, title: "Kept", version: 1_001 }),
    job(gone.id),
    job(gone.id, { owner: bob.user.id }),
  );
  await settled();
  assert.deepEqual(await titles(ann), ["Kept"]);
  assert.deepEqual(await titles(bob), []);
  assert.equal((await ann.get(kept.id)).title, "Kept");
  for (const [who, id] of [[ann, gone.id], [bob, kept.id], [bob, gone.id]]) assert.equal((await who.call("GET", at(id))).status, 404);
});

const POISON = ["", "null", "[]", "{", '"text"', "{}", job("nonsense"), job(crypto.randomUUID(), { v: 99 }), job(crypto.randomUUID(), { owner: "project:" }), job(crypto.randomUUID(), { version: -1 }), `${"[".repeat(10_000)}`];
// What these cannot read is kept for people to see; to two of them nothing of ours writes yet.
const OTHERS = ["QUEUE_GENERATION", "QUEUE_MEMORY_PROCESSING", "QUEUE_WEBHOOKS", "QUEUE_INGEST"];

test("poison among 100 jobs stops none of them, and ends as dead letters", { timeout: 180_000 }, async () => {
  for (const queue of OTHERS) await enqueue(queue, `poison for ${queue}`);
  await enqueue("QUEUE_PROJECTION", ...POISON);
  const names = Array.from({ length: 100 }, (_, n) => `job ${n}`);
  for (const title of names) await bob.create({ title });
  const total = async () => (await bob.expect(200, "GET", "/api/chat/conversations?limit=100")).conversations.length;
  await until("the 100 to be listed", async () => (await total()) === 100, 20_000);
  const dir = join(rig.state.path, "v3", "d1");
  const database = new DatabaseSync(join(dir, readdirSync(dir, { recursive: true }).find((name) => /[0-9a-f]{64}\.sqlite$/.test(name))), { readOnly: true });
  const letters = () => database.prepare("SELECT queue, body FROM dead_letters").all();
  await until("every dead letter", () => letters().length >= POISON.length + OTHERS.length, 150_000, 250);
  const bodies = letters().map(({ body }) => body).sort();
  database.close();
  assert.deepEqual(bodies, [...POISON, ...OTHERS.map((queue) => `poison for ${queue}`)].sort());
  assert.equal(await total(), 100);
});
