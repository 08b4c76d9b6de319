// Exactly 20 messages a minute, over many connections, while the account's object is put to sleep and the server killed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { frames, openSocket, opened } from "../support/client.mjs";
import { startHarness } from "../support/harness.mjs";
import { Rig } from "../support/rig.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { each, until } from "../support/wait.mjs";

const LIMITS = { RATE_LIMIT_ENABLED: "true", RATE_LIMIT_GENERAL: "1000000", LOG_LEVEL: "warn" };
const CHAT = 20;
const AGENT = 5;

/** Conversations enough that none has too many turns waiting. */
const places = (api) => each(Array.from({ length: 10 }), 5, async () => (await api.create()).id);

/** Sends `count` messages, `width` at a time: the answers' statuses; 0 where the connection broke. */
async function flood(api, ids, count, width, tell = () => {}) {
  return each(Array.from({ length: count }), width, async (_, n) => {
    tell(n);
    const json = { content: "turn=flood tokens=1 delay=0" };
    const answer = await api.call("POST", at(ids[n % ids.length], "/messages"), { json }).catch(() => null);
    if (answer?.status === 429) {
      assertProblem(answer, 429, `message ${n}`);
      assert.equal(answer.headers.get("x-ratelimit-remaining"), "0");
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    }
    return answer?.status ?? 0;
  });
}

const count = (statuses, status) => statuses.filter((each) => each === status).length;

test("of 10,000 that are offered at once, 20 pass: no more and no fewer", async () => {
  const rig = await Rig.start("flood", LIMITS);
  const api = await rig.guest();
  const ids = await places(api);
  const since = Date.now();
  const statuses = await flood(api, ids, 10_000, 200);
  // On a slow machine the window moves on, and as many pass again.
  const windows = Math.ceil((Date.now() - since) / 60_000);
  const passed = count(statuses, 202);
  assert.ok(passed <= CHAT * windows && passed >= CHAT * Math.max(1, windows - 1), `${passed} passed in ${Date.now() - since} ms`);
  assert.equal(count(statuses, 429), 10_000 - passed);
});

test("runs of agents have a window of their own: of 12 that are asked for at once, 5 begin", async () => {
  const rig = await Rig.start("agents", LIMITS);
  const api = await rig.guest();
  const { id } = await api.expect(201, "POST", "/api/agents", { json: { name: "Scout" } });
  const answers = await each(Array.from({ length: 12 }), 12, () => api.call("POST", `/api/agents/${id}/runs`, { json: { input: "Look." } }));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual([count(statuses, 201), count(statuses, 429)], [AGENT, 12 - AGENT]);
  for (const answer of answers.filter(({ status }) => status === 429)) assertProblem(answer, 429, "a run too many");
});

test("of 1,000, 20 pass however often the account's object sleeps", async () => {
  const upstream = await startUpstream();
  const harness = await startHarness({ OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: "k", DEFAULT_MODEL: "m", ...LIMITS });
  after(async () => {
    await harness.close();
    await upstream.close();
  });
  const api = await Api.guest(harness.base);
  const ids = await places(api);
  const since = Date.now();
  const sleeps = [];
  const statuses = await flood(api, ids, 1_000, 50, (n) => {
    // Sleep is refused while a call is under way: what counts is that it is tried at any moment.
    if (n % 100 === 0) sleeps.push(harness.evictAccount(api.user.id).then(() => 1, () => 0));
  });
  const slept = (await Promise.all(sleeps)).reduce((sum, one) => sum + one, 0);
  assert.ok(Date.now() - since < 60_000, `the window has moved on: this machine took ${Date.now() - since} ms`);
  assert.equal(count(statuses, 202), CHAT, `slept ${slept} times`);
  assert.equal(count(statuses, 429), 1_000 - CHAT);
});

test("a kill gives nobody a message more", async () => {
  const rig = await Rig.start("limits", LIMITS);
  const api = await rig.guest();
  const ids = await places(api);
  const since = Date.now();
  let taken = 0;
  for (let life = 0; life < 3; life++) {
    const sending = flood(api, ids, 12, 6);
    if (life < 2) {
      await until("a message to be taken", () => rig.upstream.of("flood").length > 0);
      await rig.kill();
      await rig.restart();
    }
    taken += count(await sending, 202);
  }
  const rest = await flood(api, ids, 60, 10);
  taken += count(rest, 202);
  assert.ok(Date.now() - since < 60_000, "the window has moved on: this machine is too slow for the test");
  const lists = await each(ids, 5, (id) => api.messages(id));
  const stored = lists.flat().filter(({ role }) => role === "user").length;
  assert.ok(taken <= CHAT && stored <= CHAT, `${taken} were taken, ${stored} stored`);
  assert.equal(count(rest, 429) > 0, true);
});

test("a socket's messages count in the same window, and the refusal says when to come again", async () => {
  const rig = await Rig.start("socket-limits", { ...LIMITS, RATE_LIMIT_CHAT: "3" });
  const api = await rig.guest();
  const { id } = await api.create();
  await api.send(id, "turn=http tokens=1 delay=0");
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  const say = (n) => socket.send(JSON.stringify({ type: "send", requestId: `r${n}`, id, trigger: "submit-message", messages: [{ id: `m${n}`, role: "user", parts: [{ type: "text", text: `turn=s${n} tokens=1 delay=0` }] }] }));
  for (let n = 0; n < 4; n++) say(n);
  const ends = () => got.filter(({ type }) => type === "end" || type === "error");
  await until("four answers", () => ends().length === 4);
  const errors = got.filter(({ type }) => type === "error");
  assert.deepEqual(errors.map(({ requestId }) => requestId), ["r2", "r3"], JSON.stringify(errors));
  assert.match(errors[0].errorText, /^Too many messages\. Try again in \d+ s\.$/);
  socket.close();
});
