// A reader that does not read is closed with 1013 and holds nobody up; 500 that come back at once all get the whole (F-06, F-18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { at } from "../support/api.mjs";
import { closed, openSocket, opened } from "../support/client.mjs";
import { assertSound } from "../support/audit.mjs";
import { memoryOf } from "../support/process.mjs";
import { Rig } from "../support/rig.mjs";
import { readSse } from "../support/sse.mjs";
import { sleep, until, within } from "../support/wait.mjs";

const rig = await Rig.start("slow");

test("a slow reader is let go with 1013; the model and the others are not held up", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id, { name: "quick" });
  // They take nothing off the wire: what the kernel does not hold waits in the server.
  const slow = await Promise.all(Array.from({ length: 3 }, () => opened(openSocket(api, id))));
  for (const socket of slow) {
    socket.on("error", () => {});
    socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 0 }));
    socket.pause();
  }
  const unread = await api.raw("GET", at(id, "/events"), { headers: { accept: "text/event-stream" }, signal: AbortSignal.timeout(90_000) });
  const before = await memoryOf(rig.server);
  const started = Date.now();
  const sent = [];
  // The kernel's buffers between us, of two hops, hold some ten megabytes.
  for (let n = 0; n < 40; n++) {
    const turn = `slow${n}`;
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=100 pad=10000 delay=0`);
    sent.push({ turn, tokens: 100, pad: 10_000, message, turnId });
    await tab.untilEnded(turnId, 10_000);
  }
  const took = Date.now() - started;
  console.log(`40 answers of 1 MB in ${took} ms beside 3 readers that read nothing; memory grew by ${Math.round(((await memoryOf(rig.server)) - before) / 2 ** 20)} MiB`);
  assert.ok(took < 40_000, `held up: ${took} ms`);
  await assertSound(api, id, { sent, tabs: [tab] });
  for (const socket of slow) {
    const end = closed(socket, 20_000);
    let heard = 0;
    socket.on("message", () => heard++);
    socket.resume();
    const { code } = await end;
    assert.equal(code, 1013, `closed with ${code} after ${heard} frames`);
  }
  // The stream that nobody read has ended somewhere; whoever resumes after its last event misses nothing.
  const read = await readSse("the end of the stream that was not read", unread, (events) => Number(events.at(-1).id) === tab.last);
  assert.deepEqual(read.map(({ data }) => JSON.parse(data)), tab.seen.slice(0, read.length).map(({ event }) => event));
  const late = rig.tab(api, id, { name: "resumed", after: tab.last - 20 });
  await late.untilSeq(tab.last, 20_000);
  assert.deepEqual(late.faults, []);
});

test("500 readers who come back at once after a kill all get the log, without a gap", async () => {
  const api = await rig.guest();
  const many = [];
  const conversations = [];
  for (let n = 0; n < 10; n++) {
    const { id } = await api.create();
    const { message, turn } = await api.send(id, `turn=storm${n} tokens=400 delay=25`);
    conversations.push({ id, turn: `storm${n}`, tokens: 400, message, turnId: turn.id });
  }
  for (let n = 0; n < 500; n++) many.push(rig.tab(api, conversations[n % 10].id, { name: `reader ${n}` }));
  await until(() => `500 readers to connect (${many.filter(({ connects }) => connects).length} have)`, () => many.every(({ connects }) => connects > 0), 40_000, 50);
  await sleep(500);
  await rig.kill();
  await rig.restart();
  const since = Date.now();
  await until(() => `500 readers to come back (${many.filter(({ connects }) => connects > 1).length} have)`, () => many.every(({ connects }) => connects > 1), 40_000, 50);
  console.log(`500 readers were back ${Date.now() - since} ms after the restart`);
  for (const { turnId, id } of conversations) await Promise.all(many.filter((tab) => tab.id === id).map((tab) => tab.untilEnded(turnId, 60_000)));
  for (const one of conversations) await assertSound(api, one.id, { sent: [one], tabs: many.filter((tab) => tab.id === one.id) });
  await within("the readers to leave", Promise.all(many.map((tab) => tab.close())), 20_000);
});
