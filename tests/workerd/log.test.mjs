// The log over plain HTTP: SSE with Last-Event-ID, JSON pages and the long poll show what the WebSocket shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { readSse } from "../support/sse.mjs";

const rig = await Rig.start("log");

const ended = (events) => events.some(({ data }) => JSON.parse(data).type === "turn.ended");
const open = (api, id, { query = "", headers = {} } = {}) => api.raw("GET", at(id, `/events${query}`), { headers: { accept: "text/event-stream", ...headers } });

test("SSE, pages and socket show the same events under the same numbers", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const live = open(api, id);
  await api.send(id, "turn=same tokens=40 delay=5");
  const response = await live;
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const events = await readSse("the live log", response, ended);
  await tab.untilSeq(events.length);
  const shown = events.map(({ id: seq, data }) => ({ seq: Number(seq), event: JSON.parse(data) }));
  assert.deepEqual(shown, tab.seen);
  assert.deepEqual(await api.log(id), tab.seen);
  const all = tab.seen.length;

  for (const after of [0, 1, 2, 3, 4, Math.floor(all / 2), all - 1]) {
    const byHeader = await readSse(`the log after ${after}`, await open(api, id, { headers: { "last-event-id": String(after) } }), ended);
    assert.deepEqual(byHeader.map(({ id: seq }) => Number(seq)), Array.from({ length: all - after }, (_, n) => after + 1 + n));
    assert.deepEqual(byHeader.map(({ data }) => JSON.parse(data)), tab.seen.slice(after).map(({ event }) => event));
    assert.deepEqual(await api.log(id, after), tab.seen.slice(after));
  }
  const byQuery = await readSse("the log after 2", await open(api, id, { query: "?after=2" }), ended);
  assert.equal(Number(byQuery[0].id), 3);
  const both = await readSse("header over query", await open(api, id, { query: "?after=2", headers: { "last-event-id": "3" } }), ended);
  assert.equal(Number(both[0].id), 4, "Last-Event-ID is newer than the address");
});

test("a socket that resumes in the middle of a running turn gets exactly the rest", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const whole = rig.tab(api, id, { name: "whole" });
  const { turn } = await api.send(id, "turn=middle tokens=60 delay=10");
  await whole.untilText(turn.id, 200);
  const late = rig.tab(api, id, { name: "late", after: whole.last });
  const from = whole.last;
  await whole.untilEnded(turn.id);
  await late.untilEnded(turn.id);
  assert.ok(late.seen[0].seq <= from + 1 + 3 && late.seen.length > 3, "it resumed live");
  assert.deepEqual(late.seen, whole.seen.slice(whole.seen.length - late.seen.length));
  assert.deepEqual([...late.faults, ...whole.faults], []);
});

test("the long poll answers when something happens, and with nothing when nothing does", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const started = Date.now();
  const waiting = api.expect(200, "GET", at(id, "/events?after=1&wait=20"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await api.send(id, "turn=poll tokens=2 delay=0");
  const { events } = await waiting;
  assert.ok(Date.now() - started < 5_000, "it did not wake");
  assert.equal(events[0].seq, 2);
  const { lastSeq } = await api.expect(200, "GET", at(id, "/events?after=2&wait=5"));
  const since = Date.now();
  const idle = await api.expect(200, "GET", at(id, `/events?after=${(await api.log(id)).length}&wait=1`));
  assert.deepEqual(idle.events, []);
  assert.ok(Date.now() - since > 700, "it did not wait");
  assert.ok(idle.lastSeq >= lastSeq);
});

test("numbers that the log never reached are refused, not guessed (F-07)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  for (const after of ["2", "99999999", "18446744073709551615", "1e3", "-1", "x", "1.5", "99999999999999999999999"]) {
    assertProblem(await api.call("GET", at(id, `/events?after=${after}`)), [400, 409, 416, 422], `after=${after}`);
  }
  assertProblem(await api.call("GET", at(id, "/events"), { headers: { accept: "text/event-stream", "last-event-id": "77" } }), [400, 409, 416, 422], "Last-Event-ID ahead of the log");
});
