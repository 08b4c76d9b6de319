// The way to an object breaks: an overloaded one is left alone (F-16), a broken stub is replaced where asking twice is safe (F-17).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { opened, openSocket } from "../support/client.mjs";
import { FaultRig } from "../support/faults.mjs";
import { until } from "../support/wait.mjs";

const rig = await FaultRig.start();
const api = await rig.guest();
const LOST = { error: "Network connection lost.", flags: { retryable: true } };

/** Calls to the object of `id`, but for those of the catalogue and of the index, which come when they like. */
const of = (id) => `^${id} (?!(projected|read)$)`;
/** The first `times` of them fail. */
const broken = (id, kind, fault = LOST, times = undefined) => rig.fail(id, { binding: "CONVERSATION", method: "*", only: of(id), kind, times, ...fault });
const callsTo = (id) => rig.calls("CONVERSATION", "*", of(id));
const rest = (id, count) => until("the answer", async () => (await api.messages(id)).filter(({ status }) => status === "completed").length === count, 10_000, 100);

/** A conversation with one answered message. */
async function begin() {
  const { id } = await api.create();
  const { turn } = await api.send(id, "turn=first tokens=3 delay=0");
  await rest(id, 2);
  return { id, turnId: turn.id };
}

const send = (id, json, headers = {}) => api.call("POST", at(id, "/messages"), { json: { content: "turn=again tokens=3 delay=0", ...json }, headers });
const chat = (id, body) => api.call("POST", "/api/chat", { json: { id, messages: [{ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: "turn=chat tokens=3 delay=0" }] }], ...body } });

// What may be asked twice: name: [call, status when it went wrong before, and after it was done].
const repeatable = {
  "reading a conversation": [(id) => api.call("GET", at(id)), 200, 200],
  "a page of messages": [(id) => api.call("GET", at(id, "/messages")), 200, 200],
  "a page of the log": [(id) => api.call("GET", at(id, "/events")), 200, 200],
  "a message with a clientMessageId": [(id) => send(id, { clientMessageId: crypto.randomUUID() }), 202, 202],
  "a message with an Idempotency-Key": [(id) => send(id, {}, { "idempotency-key": crypto.randomUUID() }), 202, 202],
  "a message whose words are streamed": [(id) => send(id, { clientMessageId: crypto.randomUUID() }, { accept: "text/event-stream" }), 200, 200],
  "a message of the AI SDK": [(id) => chat(id), 200, 200],
  "resuming a chat that rests": [(id) => api.call("GET", `/api/chat/${id}/stream`), 204, 204],
  "stop": [(id) => api.stop(id), 202, 202],
  "stopping one turn": [(id, turnId) => api.stop(id, { turnId }), 202, 202],
  "a new title": [(id) => api.call("PATCH", at(id), { json: { title: "Another" } }), 200, 200],
  // It is gone after the first: the second finds nothing.
  "deleting": [(id) => api.call("DELETE", at(id)), 204, 404],
};

const once = {
  "a message without an id": (id) => send(id, {}),
  "an answer made anew": (id) => chat(id, { trigger: "regenerate-message" }),
};

describe("a stub that breaks once", { concurrency: true }, () => {
  for (const [name, [call, before, after]] of Object.entries(repeatable)) {
    for (const [kind, status] of [["throw-before", before], ["throw-after", after]]) {
      test(`${name}, ${kind}: asked again on another stub`, async () => {
        const { id, turnId } = await begin();
        const known = (await callsTo(id)).length;
        await broken(id, kind, LOST, 1);
        const reply = await call(id, turnId);
        assert.equal(reply.status, status, reply.text);
        const calls = (await callsTo(id)).slice(known);
        assert.deepEqual(calls.map(({ fault }) => fault), [kind, null]);
        assert.notEqual(calls[0].stub, calls[1].stub, "the broken stub was used again");
        if (reply.text.startsWith("data:")) assert.ok(reply.text.endsWith("data: [DONE]\n\n"), reply.text);
        if (reply.body?.turn) {
          await rest(id, 4);
          const { message, turn } = reply.body;
          await assertSound(api, id, { sent: [{ turn: "again", tokens: 3, message, turnId: turn.id }] });
          assert.equal((await api.messages(id)).length, 4, "the message is there twice");
        }
      });
    }
  }

  for (const [name, call] of Object.entries(once)) {
    test(`${name}: not asked again, because it might happen twice`, async () => {
      const { id } = await begin();
      const known = (await callsTo(id)).length;
      await broken(id, "throw-after", LOST, 1);
      assertProblem(await call(id), 503, name);
      assert.equal((await callsTo(id)).length - known, 1);
    });
  }

  test("a socket opens all the same", async () => {
    const { id } = await api.create();
    const known = (await callsTo(id)).length;
    await broken(id, "throw-before", LOST, 1);
    const socket = await opened(openSocket(api, id));
    assert.deepEqual((await callsTo(id)).slice(known).map(({ fault }) => fault), ["throw-before", null]);
    socket.close();
  });
});

// How often a call that could be repeated is made when nothing helps.
const OVERLOADED = "Durable Object is overloaded. Too many requests queued.";
const table = {
  "overloaded": [{ error: OVERLOADED, flags: { overloaded: true } }, 1],
  "overloaded and retryable": [{ error: OVERLOADED, flags: { overloaded: true, retryable: true } }, 1],
  "an exception without flags": [{ error: "internal error; reference = abc" }, 1],
  "retryable for ever": [LOST, 3],
};

const refusedSocket = (id) =>
  opened(openSocket(api, id)).then(
    () => assert.fail("it opened"),
    ({ status, headers, text }) => ({ status, text, headers: new Headers(headers), body: JSON.parse(text) }),
  );

describe("a stub that stays broken", { concurrency: true }, () => {
  for (const [name, [fault, most]] of Object.entries(table)) {
    test(`${name}: 503 after ${most} call${most > 1 ? "s" : ""}, and the others notice nothing`, async () => {
      const { id } = await begin();
      const { id: well } = await begin();
      const tab = rig.tab(api, well, { name });
      const turn = `beside-${most}-${name.length}`;
      const running = await api.send(well, `turn=${turn} tokens=40 delay=5`);
      await broken(id, "throw-before", fault);
      const calls = { show: () => api.call("GET", at(id)), send: () => send(id, { clientMessageId: crypto.randomUUID() }), socket: () => refusedSocket(id) };
      for (const [what, call] of Object.entries(calls)) {
        const known = (await callsTo(id)).length;
        const reply = await call();
        assertProblem(reply, 503, what);
        assert.match(reply.headers.get("retry-after"), /^[1-9]\d*$/, what);
        const made = (await callsTo(id)).slice(known);
        assert.equal(made.length, most, what);
        assert.equal(new Set(made.map(({ stub }) => stub)).size, most, `${what}: a broken stub was used again`);
        assert.equal((await api.get(well)).id, well, "another conversation");
      }
      await tab.untilEnded(running.turn.id);
      const sent = [{ turn, tokens: 40, message: running.message, turnId: running.turn.id }];
      await assertSound(api, well, { sent, tabs: [tab] });
      assert.equal(tab.connects, 1, "another conversation's socket was lost");
      await rig.heal(id);
      assert.equal((await api.messages(id)).length, 2, "nothing came of the calls that failed");
    });
  }
});

test("the model was never asked to go on from what it had not said", () => assert.deepEqual(rig.upstream.anomalies, []));
