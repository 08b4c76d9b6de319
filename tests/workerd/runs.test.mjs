// Runs of agents on the real runtime: five steps by one message, duplicates, SIGKILL in the middle, approvals, ends.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { Rig } from "../support/rig.mjs";
import { calling } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const prices = JSON.stringify({ "test-model": { inputMicroUsd: 1_000_000, outputMicroUsd: 1_000_000 } });
const rig = await Rig.start("runs", { BOOTSTRAP_SECRET, TOOLS_ASK_FIRST: "clock", MODEL_PRICES: prices }, () => join(import.meta.dirname, "../support/queue-entry.mjs"));
await offerTools(rig);

const TOOLS = ["calculator", "clock", "artifact_create"];
const asked = (turn) => rig.upstream.of(turn);

/** A run of a new agent, which is given `task`. */
async function start(api, task, definition = {}) {
  const { id: agentId } = await api.expect(201, "POST", "/api/agents", { json: { name: "Scout", instructions: "Be thorough.", tools: TOOLS, ...definition } });
  const { summary } = await api.expect(201, "POST", `/api/agents/${agentId}/runs`, { json: { input: task } });
  return { id: summary.id, at: (rest = "") => `/api/runs/${summary.id}${rest}` };
}

const show = (api, run) => api.expect(200, "GET", run.at());
const stands = (api, run, status, ms = 60_000) => until(`the run to be ${status}`, async () => {
  const now = await show(api, run);
  return now.summary.status === status ? now : null;
}, ms);

async function journal(api, run) {
  const { events, lastSeq } = await api.expect(200, "GET", run.at("/events"));
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, n) => n + 1), "no gap");
  assert.equal(events.length, lastSeq);
  return events.map(({ event }) => event);
}

const wake = (run, times) => fetch(`${rig.base}/api/enqueue`, {
  method: "POST",
  body: JSON.stringify({ queue: "QUEUE_GENERATION", bodies: Array(times).fill(JSON.stringify({ v: 1, runId: run.id })) }),
});

test("five steps are taken, each with what the one before has made, and paid for once", async () => {
  const api = await rig.guest();
  const run = await start(api, "turn=five tokens=4 delay=0", { workflow: "research" });
  await wake(run, 5);
  const done = await stands(api, run, "completed");
  assert.deepEqual(done.steps.map(({ key, attempts }) => [key, attempts]), ["initialize", "research", "analyze", "execute", "summarize"].map((name) => [`${name}-0`, 1]));
  const requests = asked("five");
  assert.equal(requests.length, 5, "however often the message came");
  requests.forEach(({ body }, n) => {
    const text = body.messages.map(({ content }) => content).join("\n");
    assert.match(text, /Be thorough\./);
    assert.equal(text.includes(done.steps[Math.max(0, n - 1)].text.trim()), n > 0, `step ${n}`);
  });
  assert.equal(done.output, done.steps[4].text);
  const events = await journal(api, run);
  assert.equal(events.filter(({ type }) => type === "run.ended").length, 1);
  const lines = async () => (await api.expect(200, "GET", "/api/usage")).entries.filter(({ kind }) => kind === "run");
  const paid = await until("the ledger", async () => ((await lines()).length === 5 ? lines() : null));
  assert.equal(paid.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0), done.usage.costMicroUsd);
  const { runs } = await api.expect(200, "GET", "/api/runs?status=completed");
  assert.deepEqual(runs.map(({ id, reason }) => [id, reason]), [[run.id, "done"]]);
});

test("a run that is killed in every kind of moment finishes once", { timeout: 180_000 }, async () => {
  const api = await rig.guest();
  const call = calling({ name: "artifact_create", input: { title: "Notes", kind: "text", content: "one" } });
  const run = await start(api, `turn=killed tokens=40 delay=20 ${call}`);
  for (const moment of [1, 2]) {
    await until("the model to be asked", () => asked("killed").length >= moment, 60_000);
    await rig.kill();
    await rig.restart();
  }
  const done = await stands(api, run, "completed", 120_000);
  assert.deepEqual(done.steps.filter(({ kind }) => kind === "tool").map(({ key, status }) => [key, status]), [["call_1_0", "completed"]]);
  const events = await journal(api, run);
  assert.ok(events.some(({ type }) => type === "step.lost"), "a claim was found without a record");
  assert.equal(events.filter(({ type }) => type === "run.ended").length, 1);
  const { artifacts } = await api.expect(200, "GET", "/api/artifacts");
  assert.deepEqual(artifacts.map(({ title, version }) => [title, version]), [["Notes", 1]]);
});

test("a call waits for a person through a kill, and runs once", async () => {
  const api = await rig.guest();
  const run = await start(api, `turn=asks tokens=2 delay=0 ${calling({ name: "clock", input: {} })}`);
  const waiting = await stands(api, run, "waiting");
  assert.deepEqual(waiting.approvals, ["call_1_0"]);
  await rig.kill();
  await rig.restart();
  assert.equal((await show(api, run)).summary.status, "waiting");
  const decide = (approved) => api.call("POST", run.at("/approvals/call_1_0"), { json: { approved } });
  assert.deepEqual((await Promise.all([decide(true), decide(true)])).map(({ status }) => status), [200, 200]);
  const done = await stands(api, run, "completed");
  assert.equal(done.steps.filter(({ kind }) => kind === "tool")[0].attempts, 1);
  assert.equal((await decide(true)).status, 200);
  assert.equal((await decide(false)).status, 409);
  assert.equal(asked("asks").length, 2);
});

test("a cancelled run asks no more, and the model is hung up on", async () => {
  const api = await rig.guest();
  const run = await start(api, "turn=cancelled tokens=200 delay=50");
  await until("the model to be asked", () => asked("cancelled").length === 1);
  const { summary } = await api.expect(200, "POST", run.at("/cancel"));
  assert.deepEqual([summary.status, summary.reason], ["cancelled", "cancelled"]);
  await until("the connection to be closed", () => asked("cancelled")[0].abortedAt !== null);
  assert.equal((await show(api, run)).summary.status, "cancelled");
  assert.equal(asked("cancelled").length, 1);
});

test("a budget ends a run, and a model that fails is asked again", async () => {
  const api = await rig.guest();
  const over = await start(api, "turn=over tokens=4 delay=0", { workflow: "research", budget: { steps: 2 } });
  const failed = await stands(api, over, "failed");
  assert.deepEqual([failed.summary.reason, failed.usage.steps, asked("over").length], ["over-steps", 2, 2]);
  const again = await start(api, "turn=again tokens=4 delay=0 fault=500 times=1");
  const done = await stands(api, again, "completed");
  assert.deepEqual(done.steps.map(({ attempts }) => attempts), [2]);
});

test("a run that failed goes on in another, and steps are taken anew from any of them", async () => {
  const api = await rig.guest();
  const failed = await start(api, "turn=rerun tokens=4 delay=0", { workflow: "research", budget: { steps: 2 } });
  await stands(api, failed, "failed");
  const before = await show(api, failed);
  const rerun = async (of, json, key) => {
    const headers = key ? { "idempotency-key": key } : {};
    const made = await api.expect(201, "POST", of.at("/rerun"), { json, headers });
    return { id: made.summary.id, at: (rest = "") => `/api/runs/${made.summary.id}${rest}`, made };
  };
  const [resumed, twice] = [await rerun(failed, {}, "resume"), await rerun(failed, {}, "resume")];
  assert.equal(resumed.id, twice.id);
  assert.deepEqual(resumed.made.rerunOf, { runId: failed.id });
  const over = await stands(api, resumed, "failed");
  assert.deepEqual(over.steps.map(({ key }) => key), ["initialize-0", "research-0", "analyze-0", "execute-0"], "two more, by its own budget");
  assert.deepEqual(over.steps.slice(0, 2).map(({ text }) => text), before.steps.map(({ text }) => text));
  assert.equal(over.usage.steps, 2);
  assert.equal(asked("rerun").length, 4, "what was carried over is not asked again");
  const third = await rerun(resumed, { step: "execute-0" });
  const done = await stands(api, third, "completed");
  assert.deepEqual([done.steps.length, done.usage.steps, asked("rerun").length], [5, 2, 6]);
  const [created] = await journal(api, third);
  assert.deepEqual(created.rerunOf, { runId: resumed.id, step: "execute-0" });
  assert.equal((await api.call("POST", third.at("/rerun"), { json: {} })).status, 422, "nothing is missing");
});

test("a run sleeps through a kill, and wakes by itself", async () => {
  const api = await rig.guest();
  const run = await start(api, `turn=sleeps tokens=2 delay=0 ${calling({ name: "sleep", input: { seconds: 3 } })}`, { tools: ["sleep"], budget: { seconds: 30 } });
  const waiting = await stands(api, run, "waiting");
  assert.deepEqual([waiting.approvals, waiting.steps[1].status], [[], "waiting"]);
  await rig.kill();
  await rig.restart();
  const done = await stands(api, run, "completed");
  assert.ok(Date.parse(done.steps[1].endedAt) >= Date.parse(waiting.steps[1].waitsUntil), "not before its time");
  assert.ok(done.steps[1].call.output.wokeAt);
});

test("a run waits for an event, and takes one that came before", async () => {
  const api = await rig.guest();
  const call = calling({ name: "wait_for_event", input: { name: "paid", timeout_seconds: 600 } });
  const definition = { tools: ["wait_for_event"] };
  const run = await start(api, `turn=event tokens=2 delay=0 ${call}`, definition);
  const waiting = await stands(api, run, "waiting");
  assert.equal(waiting.steps[1].waitsFor, "paid");
  await rig.kill();
  await rig.restart();
  const send = (of, data) => api.call("POST", of.at("/events/paid"), { json: { data }, headers: { "idempotency-key": `${of.id} paid` } });
  assert.deepEqual((await Promise.all([send(run, { sum: 7 }), send(run, { sum: 7 })])).map(({ status }) => status).filter((status) => status === 200).length > 0, true);
  const done = await stands(api, run, "completed");
  assert.deepEqual(done.steps[1].call.output, { event: "paid", data: { sum: 7 } });
  assert.equal((await journal(api, run)).filter(({ type }) => type === "event.received").length, 1);
  const text = JSON.stringify(asked("event")[1].body);
  assert.ok(text.includes("from outside"), "what the event says is framed");

  const early = await start(api, `turn=early tokens=2 delay=400 ${call}`, definition);
  await api.expect(200, "POST", early.at("/events/paid"), { json: { data: 1 } });
  assert.deepEqual((await stands(api, early, "completed")).steps[1].call.output, { event: "paid", data: 1 });
});

const ring = async () => assert.equal((await fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`)).status, 200);

test("a schedule of a place begins one run, however often the cron rings", async () => {
  const api = await rig.guest();
  const { id } = await api.expect(201, "POST", "/api/agents", { json: { name: "Scout", model: "edgewise-offline" } });
  const winter = { input: "Hello", cron: "30 2 29 3 *", timeZone: "Europe/Berlin" };
  const made = await api.expect(201, "POST", `/api/agents/${id}/schedules`, { json: winter });
  const hours = made.next.map((time) => time.slice(11, 16));
  assert.ok(hours.every((hour) => hour === "00:30" || hour === "01:00" || hour === "01:30"), `${hours}`);
  assert.equal((await api.call("POST", `/api/agents/${id}/schedules`, { json: { ...winter, timeZone: "Mars/Olympus" } })).status, 422);

  const soon = new Date(Date.now() + 60_000 - (Date.now() % 60_000) + 5.5 * 3_600_000).toISOString().slice(0, 16);
  const daily = { input: "Hello", rrule: "FREQ=DAILY;COUNT=1", start: soon, timeZone: "Asia/Kolkata" };
  const { id: schedule, next } = await api.expect(201, "POST", `/api/agents/${id}/schedules`, { json: daily });
  assert.ok(Date.parse(next[0]) - Date.now() <= 60_000, next[0]);
  await until("its time", async () => {
    await Promise.all([ring(), ring()]);
    return (await api.expect(200, "GET", `/api/agents/${id}/schedules/${schedule}`)).lastRunId;
  }, 90_000);
  await ring();
  const { runs } = await api.expect(200, "GET", `/api/runs?agentId=${id}`);
  assert.equal(runs.length, 1);
  const now = await api.expect(200, "GET", `/api/agents/${id}/schedules/${schedule}`);
  assert.deepEqual([now.lastRunId, now.lastAt, now.next], [runs[0].id, next[0], []]);
});

test("the journal streams as it is written, and ends", async () => {
  const api = await rig.guest();
  const run = await start(api, "turn=stream tokens=4 delay=0");
  const seen = [];
  for (let round = 0; round < 50; round++) {
    const response = await api.raw("GET", run.at("/events"), { headers: { accept: "text/event-stream", "last-event-id": String(seen.length) } });
    if (response.status === 204) break;
    assert.match(response.headers.get("content-type"), /^text\/event-stream/);
    for (const [, data] of (await response.text()).matchAll(/^data: (.*)$/gm)) seen.push(JSON.parse(data));
  }
  assert.deepEqual(seen.map(({ seq }) => seq), seen.map((_, n) => n + 1));
  assert.deepEqual(seen.map(({ event: { type } }) => type), ["run.created", "step.started", "step.answered", "run.ended"]);
});
