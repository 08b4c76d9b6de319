// The catalogue catches up within a minute, wherever the process is killed, although nobody opens the conversations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "../support/rig.mjs";
import { answer, random } from "../support/script.mjs";
import { seed } from "../support/seed.mjs";
import { sleep, until } from "../support/wait.mjs";

const rig = await Rig.start("projection");
const list = "/api/chat/conversations?limit=50";

test("kills between acceptance and projection lose nothing of the catalogue", async () => {
  const api = await rig.guest();
  const next = random(seed);
  const wanted = new Map();
  const gone = [];
  let turns = 0;
  for (let round = 0; round < 4; round++) {
    // Everything here is acknowledged before the kill; how far the rest got is chance.
    await Promise.all(Array.from({ length: 4 }, async (_, n) => {
      const { id } = await api.create();
      const turn = `p${turns++}`;
      await api.send(id, `Question ${turn} turn=${turn} tokens=12 delay=${Math.floor(next() * 60)}`);
      const title = n === 1 ? `Renamed ${turn}` : null;
      if (title) await api.expect(200, "PATCH", `/api/chat/conversations/${id}`, { json: { title } });
      if (n === 2) gone.push(id), await api.call("DELETE", `/api/chat/conversations/${id}`);
      else wanted.set(id, { title: title ?? `Question ${turn}`, preview: answer(turn, 1).split(" ")[0], count: 2 });
    }));
    await sleep(next() * 500);
    await rig.kill();
    await rig.restart();
  }
  const since = Date.now();
  // From here on only the list is read: the objects must wake by themselves.
  const wrong = async () => {
    const { conversations } = await api.expect(200, "GET", list);
    const faults = conversations.filter(({ id }) => gone.includes(id)).map(({ id }) => `${id} was deleted`);
    for (const [id, { title, preview, count }] of wanted) {
      const row = conversations.find((one) => one.id === id);
      if (!row) faults.push(`${id} is missing`);
      else if (!row.title.startsWith(title) || row.messageCount !== count || !row.preview.includes(preview)) faults.push(`${JSON.stringify(row)} should have "${title}", ${count} messages and "${preview}"`);
    }
    return faults;
  };
  let faults = [];
  await until(() => `the catalogue to catch up: ${faults.join("\n")}`, async () => (faults = await wrong()).length === 0, 60_000, 500);
  console.log(`the catalogue had caught up ${Date.now() - since} ms after the last restart`);
  for (const [id, { count }] of wanted) assert.equal((await api.messages(id)).length, count);
});
