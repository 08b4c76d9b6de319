// What a conversation costs, counted in its object's database: rows written and bytes kept (performance.md).
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, countWrites, objectsOf, takeWrites } from "../support/objects.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("counts");
const untilDone = (api, id, turnId) => until("the answer to be whole", async () => (await api.message(id, turnId)).status === "completed", 20_000, 500);

/** Looks into the objects' files, with the server down. */
async function inspect(look) {
  await rig.kill();
  const results = objectsOf(rig.state.path, look);
  await rig.restart();
  return results;
}

test("a new conversation is at most 4 rows and 12 KB", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const found = (await inspect((database, file) => ({ rows: database.prepare("SELECT count(*) AS count FROM log").get().count, bytes: bytesOf(database, file) }))).get(id);
  console.log(`a new conversation: ${JSON.stringify(found)}`);
  assert.ok(found.rows <= 4, `${found.rows} rows`);
  assert.ok(found.bytes <= 12 * 1024, `${found.bytes} bytes`);
});

test("a turn that nobody watches is at most 3 rows, and one more in 2 seconds, whatever its length", async () => {
  const api = await rig.guest();
  const scripts = { "40 tokens at once": "tokens=40 delay=0", "400 tokens at once": "tokens=400 delay=0", "400 tokens in about 7 s": "tokens=400 delay=16" };
  const made = [];
  for (const name of Object.keys(scripts)) made.push({ name, id: (await api.create()).id });
  await inspect(countWrites);
  await Promise.all(made.map(async (one, n) => {
    const since = Date.now();
    const { turn } = await api.send(one.id, `turn=rows${n} ${scripts[one.name]}`);
    // Asked rarely: a poll is no reader, and its cost is not the turn's.
    await untilDone(api, one.id, turn.id);
    one.seconds = (Date.now() - since) / 1000;
  }));
  const writes = await inspect(takeWrites);
  for (const { name, id, seconds } of made) {
    const { rows, entries } = writes.get(id);
    console.log(`${name}: ${rows} rows and ${entries} index entries in ${seconds.toFixed(1)} s`);
    assert.ok(rows <= 3 + Math.ceil(seconds / 2), `${name}: ${rows} rows in ${seconds} s`);
    assert.ok(entries <= 1, `${name}: ${entries} index entries`);
  }
});

test("a turn that is watched writes one row for each batch, and leaves two", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  await inspect((database) => database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'test_writes'").get() || countWrites(database));
  const tab = rig.tab(api, id);
  await tab.untilSeq(1);
  const since = Date.now();
  const { turn } = await api.send(id, "turn=seen tokens=200 delay=10");
  await tab.untilEnded(turn.id);
  const seconds = (Date.now() - since) / 1000;
  const deltas = tab.seen.filter(({ event }) => event.type === "message.delta").length;
  const found = (await inspect((database) => ({ ...takeWrites(database), kept: database.prepare("SELECT count(*) AS count FROM log").get().count }))).get(id);
  console.log(`watched, ${seconds.toFixed(1)} s: ${deltas} batches, ${JSON.stringify(found)}`);
  assert.ok(deltas <= seconds * 25 + 2, `${deltas} batches in ${seconds} s at 40 ms each`);
  assert.ok(found.rows <= deltas * 1.2 + 6, `${found.rows} rows written for ${deltas} batches`);
  assert.equal(found.kept, 3, "head, question, answer");
});

test("a stored turn is at most 1.15 times its text and 128 bytes", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const bytes = async () => (await inspect(bytesOf)).get(id);
  let text = 0;
  const talk = async (turns) => {
    text = 0;
    for (let n = 0; n < turns; n++) {
      const content = `turn=bytes${n} tokens=25 delay=0`;
      await tab.untilEnded((await api.send(id, content)).turn.id);
      text += Buffer.byteLength(content) + Buffer.byteLength(answer(`bytes${n}`, 25));
    }
  };
  // The pages of the tables themselves are there after a few turns.
  await talk(10);
  const before = await bytes();
  const turns = 90;
  await talk(turns);
  const grown = (await bytes()) - before;
  console.log(`${turns} turns of ${Math.round(text / turns)} bytes of text grew the file by ${Math.round(grown / turns)} bytes each`);
  assert.ok(grown <= 1.15 * text + 128 * turns, `${grown} bytes for ${text} bytes of text in ${turns} turns`);
});
