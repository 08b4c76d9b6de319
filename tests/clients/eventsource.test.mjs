// The standard EventSource follows a log through a kill of the server: no event twice, none missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "eventsource";
import { at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("eventsource");

function follow(api, id, credential) {
  const source = new EventSource(api.base + at(id, "/events"), {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...credential } }),
  });
  const seen = [];
  const errors = [];
  source.addEventListener("message", ({ lastEventId, data }) => seen.push({ seq: Number(lastEventId), event: JSON.parse(data) }));
  source.addEventListener("error", ({ code, message }) => errors.push(`${code} ${message}`));
  return { source, seen, errors };
}

test("EventSource resumes by Last-Event-ID after the server was killed", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const readers = [follow(api, id, { authorization: `Bearer ${api.token}` }), follow(api, id, { cookie: api.cookie })];
  const { message, turn } = await api.send(id, "turn=es tokens=250 delay=20");
  await until("both to hear words", () => readers.every(({ seen }) => seen.length > 8));
  await rig.kill();
  await rig.restart();
  const ended = ({ event }) => event.type === "turn.ended";
  await until(() => `both to hear the end: ${JSON.stringify(readers.map(({ seen, errors, source }) => [seen.length, source.readyState, errors]))}`, () => readers.every(({ seen }) => seen.some(ended)), 30_000);
  for (const { source, seen } of readers) {
    source.close();
    assert.deepEqual(seen.map(({ seq }) => seq), seen.map((_, n) => n + 1));
    assert.deepEqual(seen, await api.log(id));
  }
  await assertSound(api, id, { sent: [{ turn: "es", tokens: 250, message, turnId: turn.id }] });
});
