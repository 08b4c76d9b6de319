// D1 fails: what passes is tried again, what stays is told with 503 (F-60), and chat goes on without it (F-61).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { FaultRig } from "../support/faults.mjs";
import { answer } from "../support/script.mjs";
import { readSse } from "../support/sse.mjs";
import { until } from "../support/wait.mjs";

const rig = await FaultRig.start();
const LIST = "/api/chat/conversations";

/** What D1 says when another try may succeed, as its documentation lists it. */
const PASSING = [
  "D1 DB reset because its code was updated.",
  "Internal error while starting up D1 DB storage caused object to be reset.",
  "Network connection lost.",
  "Internal error in D1 DB storage caused object to be reset.",
  "Cannot resolve D1 DB due to transient issue on remote node.",
  "Can't read from request stream because client disconnected.",
];
const LASTING = [
  "D1 DB is overloaded. Requests queued for too long.",
  "D1 DB is overloaded. Too many requests queued.",
  "D1 DB's isolate exceeded its memory limit and was reset.",
  "D1 DB exceeded its CPU time limit and was reset.",
  "D1 DB storage operation exceeded timeout which caused object to be reset.",
  "database or disk is full: SQLITE_FULL",
];

/** A guest with one conversation, "Plums", which is in the list already. */
async function begin() {
  const api = await rig.guest();
  const { id } = await api.create({ title: "Plums" });
  return { api, id, owner: api.user.id };
}

/** The batches that match `only` fail with `text`, under the name of `only`. */
const broken = (only, text, rule) => rig.fail(only, { binding: "DB", method: "batch", only, error: `D1_ERROR: ${text}`, ...rule });
const batches = (only) => rig.calls("DB", "batch", only);

// The ways to read the catalogue: path, and the batch that is struck.
const routes = {
  "the list": [LIST, (owner) => `FROM conversations WHERE owner.*"${owner}"`],
  "the version of a search": [`${LIST}?q=plu`, (owner) => `^SELECT version[^;]*"${owner}"[^;]*$`],
  "the query of a search": [`${LIST}?q=ums`, (owner) => `LIKE.*"${owner}"`],
};

describe("reading the catalogue", { concurrency: true }, () => {
  for (const text of PASSING) {
    for (const kind of ["throw-before", "throw-after"]) {
      test(`${kind}, once: ${text}`, async () => {
        const { api, id, owner } = await begin();
        for (const [name, [path, only]] of Object.entries(routes)) {
          const known = (await batches(only(owner))).length;
          await broken(only(owner), text, { kind, times: 1 });
          const { conversations } = await api.expect(200, "GET", path);
          assert.deepEqual(conversations.map((one) => one.id), [id], name);
          assert.deepEqual((await batches(only(owner))).slice(known).map(({ fault }) => fault), [kind, null], name);
        }
      });
    }
  }

  for (const [text, tries] of [...PASSING.map((text) => [text, 3]), ...LASTING.map((text) => [text, 1])]) {
    test(`for ever: ${text}`, async () => {
      const { api, owner } = await begin();
      for (const [name, [path, only]] of Object.entries(routes)) {
        const known = (await batches(only(owner))).length;
        await broken(only(owner), text, { kind: "throw-before" });
        const reply = await api.call("GET", path);
        await rig.heal(only(owner));
        assertProblem(reply, 503, name);
        assert.match(reply.headers.get("retry-after"), /^[1-9]\d*$/, name);
        assert.doesNotMatch(reply.text, /D1/, name);
        assert.equal((await batches(only(owner))).length - known, tries, name);
      }
    });
  }

  test("a database that does not answer holds nobody up for long", async () => {
    const { api, owner } = await begin();
    await broken(owner, "", { kind: "hang" });
    const since = Date.now();
    const [list, made] = await Promise.all([api.call("GET", LIST), api.call("POST", LIST, { json: {} })]);
    await rig.heal(owner);
    assertProblem(list, 503, "the list");
    assert.equal(made.status, 201, made.text);
    assert.ok(Date.now() - since < 8_000, `${Date.now() - since} ms`);
  });
});

describe("the projection", { concurrency: true }, () => {
  for (const text of PASSING) {
    for (const kind of ["throw-before", "throw-after"]) {
      test(`${kind}: ${text}`, async () => {
        const { api, id, owner } = await begin();
        // The row with the answer, by its two messages: the queue's consumer alone writes it.
        const only = `INSERT INTO conversations .*"${id}","${owner}",.*,2,\\d+,\\d+,0,"{}"\\]`;
        await broken(only, text, { kind, times: 1 });
        await api.send(id, `turn=${id} tokens=3 delay=0`);
        await until("the row", async () => (await api.expect(200, "GET", LIST)).conversations[0].messageCount === 2, 10_000, 250);
        const calls = await until("the second try", async () => (await batches(only)).slice(1).length && batches(only), 2_000, 100);
        assert.deepEqual(calls.slice(0, 2).map(({ fault }) => fault), [kind, null]);
        assert.ok(calls[1].at - calls[0].at < 1_500, "it was left to the queue");
        // Made, then answered: two changes, however often each was written.
        const { headers } = await api.call("GET", LIST);
        assert.equal(headers.get("etag"), `"${owner}-2"`);
      });
    }
  }
});

test("with D1 down, chat goes on; when it is back, the catalogue catches up by itself (F-61)", { timeout: 90_000 }, async () => {
  const { api, id: before } = await begin();
  const gone = (await api.create({ title: "Gone" })).id;
  await rig.fail("down", { binding: "DB", method: "*", kind: "throw-before", error: "D1_ERROR: D1 DB is overloaded. Requests queued for too long." });

  const { id } = await api.create();
  const tab = rig.tab(api, id, { name: "without D1" });
  const sent = [];
  for (const turn of ["down1", "down2"]) {
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=20 delay=2`);
    sent.push({ turn, tokens: 20, message, turnId });
    await tab.untilEnded(turnId);
  }
  await assertSound(api, id, { sent, tabs: [tab] });
  const words = await api.raw("POST", at(before, "/messages"), { json: { content: "turn=down3 tokens=5 delay=0" }, headers: { accept: "text/event-stream" } });
  const events = await readSse("the words", words);
  assert.equal(events.slice(0, -1).map(({ data }) => JSON.parse(data).text).join(""), answer("down3", 5));
  const long = await api.send(id, "turn=down4 tokens=2 fault=stall@1");
  assert.equal((await api.stop(id, { turnId: long.turn.id })).status, 202);
  assert.equal((await tab.untilEnded(long.turn.id)).status, "stopped");
  await api.expect(200, "PATCH", at(before), { json: { title: "Pears" } });
  assert.equal((await api.call("DELETE", at(gone))).status, 204);
  assert.equal((await fetch(`${rig.base}/health`)).status, 200);
  for (const path of [LIST, `${LIST}?q=plum`]) assertProblem(await api.call("GET", path), 503, path);
  assert.equal((await api.call("GET", "/api/ready")).status, 503);

  // The queue's consumer meets it too: whatever it began with from now on is beside what the doors have tried.
  const tried = async () => (await rig.calls("DB", "prepare", "^UPDATE erasures SET due_at_ms = 0")).length;
  const known = await tried();
  await until("the consumer to fail", async () => (await tried()) > known, 15_000, 100);
  await rig.heal("down");
  const since = Date.now();
  // From here on only the list is read: nobody opens the conversations.
  const wanted = [[before, "Pears", 2], [id, "turn=down1 tokens=20 delay=2", 6]].map(String).sort();
  let shown;
  await until(() => `the catalogue to catch up: it has ${shown}`, async () => {
    const { conversations } = await api.expect(200, "GET", LIST);
    shown = conversations.map((one) => String([one.id, one.title, one.messageCount])).sort();
    return JSON.stringify(shown) === JSON.stringify(wanted);
  }, 60_000, 250);
  console.log(`the catalogue had caught up ${Date.now() - since} ms after D1 was back`);
});

test("the model was never asked to go on from what it had not said", () => assert.deepEqual(rig.upstream.anomalies, []));
