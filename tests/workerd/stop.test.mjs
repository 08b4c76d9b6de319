// Stop: stored before it acts, reaches the model, holds after a kill, and can be said twice (F-11).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { sleep, until } from "../support/wait.mjs";

const rig = await Rig.start("stop");

/** The same guest on another device. */
const elsewhere = (api) => new Api(api.base, api.token);

test("stop ends the answer, keeps what was said and cuts the model off within a second", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const { turn } = await api.send(id, "turn=stop1 tokens=500 delay=10");
  await tab.untilText(turn.id, 100);
  const asked = Date.now();
  assert.equal((await elsewhere(api).stop(id)).status, 202);
  const ended = await tab.untilEnded(turn.id, 2_000);
  assert.equal(ended.status, "stopped");
  const [request] = rig.upstream.of("stop1");
  await until("the model to be cut off", () => request.abortedAt, 2_000);
  assert.ok(request.abortedAt - asked <= 1_000, `cut off after ${request.abortedAt - asked} ms`);
  const said = (await api.message(id, turn.id)).content;
  assert.ok(said.length >= 100 && answer("stop1", 500).startsWith(said));
  assert.equal(tab.text(turn.id), said);

  const last = tab.last;
  for (let n = 0; n < 3; n++) assert.equal((await api.stop(id)).status, 202, "stop again");
  assert.equal((await api.stop(id, { turnId: turn.id })).status, 202, "stop by id again");
  await sleep(300);
  assert.equal(tab.last, last, "a repeated stop said something");
});

test("stop after the end changes nothing", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const { turn } = await api.send(id, "turn=stop2 tokens=3 delay=0");
  await tab.untilEnded(turn.id);
  assert.equal((await api.stop(id, { turnId: turn.id })).status, 202);
  assert.equal((await api.stop(id)).status, 202);
  assert.equal((await api.message(id, turn.id)).status, "completed");
});

test("stop at any moment of a turn's life ends it once, and nothing of it is asked again", async () => {
  const api = await rig.guest();
  const moments = {
    "before the model answers": ["tokens=9 fault=stall@0", (turn) => rig.upstream.of(turn).length === 1],
    "before the first token": ["tokens=9 delay=0 fault=stall@1", (turn) => rig.upstream.of(turn).length === 1],
    "while the model is asked again": ["tokens=9 fault=500", (turn) => rig.upstream.of(turn).length === 2],
    "between two tokens": ["tokens=900 delay=3", (turn) => rig.upstream.of(turn)[0]?.tokens > 5],
    "at once": ["tokens=900 delay=3", () => true],
  };
  let n = 0;
  for (const [moment, [script, ready]] of Object.entries(moments)) {
    const { id } = await api.create();
    const name = `moment${n++}`;
    const tab = rig.tab(api, id);
    const { turn } = await api.send(id, `turn=${name} ${script}`);
    await until(`${moment}`, () => ready(name), 5_000);
    assert.equal((await api.stop(id)).status, 202, moment);
    assert.equal((await tab.untilEnded(turn.id, 2_000)).status, "stopped", moment);
    const asked = rig.upstream.of(name).length;
    await until(`${moment}: the model to be cut off`, () => rig.upstream.of(name).every(({ endedAt }) => endedAt), 2_000);
    await sleep(600);
    assert.ok(rig.upstream.of(name).length <= Math.max(asked, 1), `${moment}: asked again`);
    assert.equal(tab.seen.filter(({ event }) => event.type === "turn.ended").length, 1, moment);
    assert.deepEqual(tab.faults, []);
    await tab.close();
  }
});

test("a waiting message is stopped alone; without a name everything stops", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const first = await api.send(id, "turn=run tokens=300 delay=10");
  const second = await api.send(id, "turn=wait tokens=3");
  const third = await api.send(id, "turn=wait2 tokens=3");
  assert.equal((await api.stop(id, { turnId: second.turn.id })).status, 202);
  assert.equal((await tab.untilEnded(second.turn.id, 2_000)).status, "stopped");
  assert.equal(tab.ended(first.turn.id), undefined);
  assert.equal((await api.stop(id)).status, 202);
  for (const { turn } of [first, third]) assert.equal((await tab.untilEnded(turn.id, 2_000)).status, "stopped");
  assert.deepEqual([rig.upstream.of("wait").length, rig.upstream.of("wait2").length], [0, 0]);
  assertProblem(await api.stop(id, { turnId: crypto.randomUUID() }), [404, 409, 422], "a turn that is not there");
  assertProblem(await api.stop(id, { turnId: 7 }), [400, 422], "a turn id that is none");
});

test("a stop that was acknowledged survives a kill: nothing revives the turn", async () => {
  const api = await rig.guest();
  const conversations = await Promise.all(Array.from({ length: 6 }, async (_, n) => {
    const { id } = await api.create();
    const { turn } = await api.send(id, `turn=kill${n} tokens=800 delay=10 ${n % 2 ? "" : "fault=stall@5"}`);
    return { id, turn, name: `kill${n}` };
  }));
  await until("all turns to run", () => conversations.every(({ name }) => rig.upstream.of(name).length === 1), 5_000);
  await sleep(200);
  // Two stops are acknowledged before the kill, the others are under way when it comes.
  const acknowledged = conversations.slice(0, 2);
  for (const { id } of acknowledged) assert.equal((await elsewhere(api).stop(id)).status, 202);
  const racing = conversations.slice(2).map(async (one) => ({ one, status: await api.stop(one.id).then(({ status }) => status, () => 0) }));
  await sleep(Math.random() * 15);
  await rig.kill();
  for (const { one, status } of await Promise.all(racing)) if (status === 202) acknowledged.push(one);
  const asked = new Map(acknowledged.map(({ name }) => [name, rig.upstream.of(name).length]));
  await rig.restart();
  for (const { id, turn } of acknowledged) assert.equal((await api.message(id, turn.id)).status, "stopped");
  await sleep(1_500);
  for (const { id, turn, name } of acknowledged) {
    assert.equal(rig.upstream.of(name).length, asked.get(name), `${name} was asked again`);
    assert.equal((await api.message(id, turn.id)).status, "stopped");
  }
  // Those that were not acknowledged go on or were stopped; either way a stop ends them now.
  for (const { id, turn } of conversations) {
    assert.equal((await api.stop(id)).status, 202);
    assert.equal((await api.message(id, turn.id)).status, "stopped");
  }
});

test("a conversation that is deleted in the middle of an answer is gone, also after a kill (F-12)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const { turn } = await api.send(id, "turn=deleted tokens=800 delay=10");
  await api.send(id, "turn=deleted2 tokens=5");
  await tab.untilText(turn.id, 50);
  assert.equal((await api.call("DELETE", at(id))).status, 204);
  await until("the model to be cut off", () => rig.upstream.of("deleted")[0].abortedAt, 2_000);
  await until("the tab to be told", () => tab.faults.some((fault) => fault.includes("closed with 4404")), 5_000);
  await rig.kill();
  await rig.restart();
  for (const path of ["", "/messages", "/events"]) assertProblem(await api.call("GET", at(id, path)), 404, path);
  const { conversations } = await api.expect(200, "GET", "/api/chat/conversations");
  assert.deepEqual(conversations.filter((one) => one.id === id), []);
  await sleep(500);
  assert.deepEqual([rig.upstream.of("deleted").length, rig.upstream.of("deleted2").length], [1, 0], "it was asked again");
});

test("an answer that is asked for anew supersedes the one under way (F-12)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const first = await api.send(id, "turn=anew tokens=300 delay=10");
  const waiting = await api.send(id, "turn=anew2 tokens=5");
  await tab.untilText(first.turn.id, 50);
  const socket = await tab.socket();
  socket.send(JSON.stringify({ type: "send", requestId: "again", id, trigger: "regenerate-message", messageId: first.turn.id, messages: [], headers: {}, body: {} }));
  assert.equal((await tab.untilEnded(first.turn.id, 3_000)).status, "superseded");
  assert.equal((await tab.untilEnded(waiting.turn.id, 3_000)).status, "superseded");
  const created = await until("the new turn", () => tab.seen.findLast(({ event }) => event.type === "turn.created" && ![first.turn.id, waiting.turn.id].includes(event.turn.id)));
  assert.equal((await tab.untilEnded(created.event.turn.id, 15_000)).status, "completed");
  assert.equal(tab.text(created.event.turn.id), answer("anew", 300));
  assert.ok(rig.upstream.of("anew")[0].abortedAt, "the model of the old answer was not cut off");
  assert.deepEqual(await api.log(id), tab.seen);
});
