// Sending: accepted once however often it is sent, answered in order, read back in pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { readSse } from "../support/sse.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("messages");

test("a message is accepted with 202 and answered on the log, exactly as the model said it", async () => {
  const api = await rig.guest();
  const { id } = await api.create({ systemPrompt: "Be brief." });
  const tab = rig.tab(api, id);
  const { message, turn } = await api.send(id, "turn=plain tokens=30 delay=2");
  assert.deepEqual([message.role, message.content, message.status, turn.parentId], ["user", "turn=plain tokens=30 delay=2", "completed", message.id]);
  assert.equal(turn.id, turn.messageId);
  const ended = await tab.untilEnded(turn.id);
  assert.deepEqual([ended.status, ended.finishReason, ended.error], ["completed", "stop", null]);
  assert.deepEqual(ended.usage, { inputTokens: 7, outputTokens: 30 });
  await assertSound(api, id, { sent: [{ turn: "plain", tokens: 30, message, turnId: turn.id }], tabs: [tab] });

  const [request] = rig.upstream.of("plain");
  assert.equal(request.authorization, "Bearer test-key");
  assert.equal(request.body.model, "test-model");
  assert.deepEqual(request.body.messages.map(({ role }) => role), ["system", "user"]);
  const next = await api.send(id, "turn=plain2 tokens=2 delay=0");
  await tab.untilEnded(next.turn.id);
  assert.deepEqual(rig.upstream.of("plain2")[0].body.messages.map(({ role }) => role), ["system", "user", "assistant", "user"]);
});

test("messages come in pages, ascending, with the last sequence as ETag", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  for (let n = 0; n < 3; n++) await tab.untilEnded((await api.send(id, `turn=page${n} tokens=3 delay=0`)).turn.id);
  const all = await api.messages(id);
  assert.deepEqual(all.map(({ role }) => role), Array(3).fill(["user", "assistant"]).flat());
  assert.deepEqual(all.map(({ seq }) => seq), all.map(({ seq }) => seq).toSorted((a, b) => a - b));
  all.slice(1).forEach(({ parentId }, n) => assert.equal(parentId, all[n].id));
  assert.deepEqual(all[1].parts, [{ type: "text", text: all[1].content }]);
  assert.equal(all[1].content, answer("page0", 3));

  const paged = [];
  let cursor = null;
  do {
    const page = await api.expect(200, "GET", at(id, `/messages?limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`));
    assert.ok(page.messages.length <= 4);
    paged.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor && paged.length < 20);
  assert.deepEqual(paged, all);

  const { headers } = await api.call("GET", at(id, "/messages"));
  assert.match(headers.get("etag"), new RegExp(`\\b${tab.last}\\b`));
  const same = await api.call("GET", at(id, "/messages"), { headers: { "if-none-match": headers.get("etag") } });
  assert.equal(same.status, 304);
});

test("50 sends of one message at once are one message and one answer (F-10)", async () => {
  for (const [name, send] of [
    ["clientMessageId", (api, id, key) => api.call("POST", at(id, "/messages"), { json: { content: "turn=once-c tokens=5 delay=20", clientMessageId: key } })],
    ["Idempotency-Key", (api, id, key) => api.call("POST", at(id, "/messages"), { json: { content: "turn=once-k tokens=5 delay=20" }, headers: { "idempotency-key": key } })],
  ]) {
    const api = await rig.guest();
    const { id } = await api.create();
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(api, id, key)));
    for (const { status, text } of answers) assert.equal(status, 202, `${name}: ${text}`);
    assert.equal(new Set(answers.map(({ body }) => `${body.message.id} ${body.turn.id}`)).size, 1, name);
    const tab = rig.tab(api, id);
    await tab.untilEnded(answers[0].body.turn.id);
    const late = await send(api, id, key);
    assert.equal(late.body.turn.id, answers[0].body.turn.id);
    assert.equal(late.body.turn.status, "completed");
    assert.equal((await api.messages(id)).length, 2, name);
  }
  assert.equal(rig.upstream.of("once-c").length, 1);
  assert.equal(rig.upstream.of("once-k").length, 1);
});

test("a second message waits, visibly, and is answered after the first (F-08)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const first = await api.send(id, "turn=one tokens=40 delay=10");
  const second = await api.send(id, "turn=two tokens=5 delay=0");
  assert.equal(first.turn.status, "running");
  assert.equal(second.turn.status, "queued");
  await tab.untilEnded(second.turn.id);
  const kinds = tab.seen.filter(({ event }) => event.type !== "message.delta").map(({ event }) => `${event.type} ${event.turn?.status ?? event.status ?? ""}`.trim());
  assert.deepEqual(kinds, [
    "conversation.created", "message.created", "turn.created running", "message.created", "turn.created queued",
    "turn.ended completed", "turn.started", "turn.ended completed",
  ]);
  const deltas = tab.seen.filter(({ event }) => event.type === "message.delta").map(({ event }) => event.messageId);
  assert.equal(deltas.lastIndexOf(first.turn.id) < deltas.indexOf(second.turn.id), true, "answers were interleaved");
  const sent = [{ turn: "one", tokens: 40, message: first.message, turnId: first.turn.id }, { turn: "two", tokens: 5, message: second.message, turnId: second.turn.id }];
  await assertSound(api, id, { sent, tabs: [tab] });
});

test("two tabs that send at once get two whole answers in one order (F-09)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tabs = [rig.tab(api, id, { name: "left" }), rig.tab(api, id, { name: "right" })];
  const names = Array.from({ length: 10 }, (_, n) => `both${n}`);
  const sent = await Promise.all(names.map(async (turn) => {
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=4 delay=1`);
    return { turn, tokens: 4, message, turnId };
  }));
  for (const tab of tabs) for (const { turnId } of sent) await tab.untilEnded(turnId);
  await assertSound(api, id, { sent, tabs });
});

test("a queue has an end, and says so", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  await api.send(id, "turn=full tokens=2 delay=0 fault=stall@1");
  for (let n = 0; n < 16; n++) await api.send(id, `turn=full${n} tokens=1`);
  const refused = await api.call("POST", at(id, "/messages"), { json: { content: "one too many" } });
  assertProblem(refused, [409, 429], "the 18th message");
  assert.equal((await api.stop(id)).status, 202);
});

test("the founding document's stream: words, ids, [DONE]; a reader who leaves harms nothing (F-05)", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const post = (content) => api.raw("POST", at(id, "/messages"), { json: { content }, headers: { accept: "text/event-stream" } });
  const response = await post("turn=words tokens=10 delay=5");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  assert.ok(response.headers.get("x-request-id"));
  const events = await readSse("the words", response);
  assert.equal(events.at(-1).data, "[DONE]");
  assert.equal(events.slice(0, -1).map(({ data }) => JSON.parse(data).text).join(""), answer("words", 10));
  for (const { id: number } of events) assert.match(number, /^\d+$/);

  const none = await api.raw("POST", at(id, "/messages"), { json: { content: "turn=noaccept tokens=2 delay=0" }, headers: { accept: "*/*" } });
  assert.match(none.headers.get("content-type"), /^text\/event-stream/);
  await none.text();

  const left = await post("turn=left tokens=20 delay=10");
  await readSse("the first word", left, (got) => got.length >= 1);
  const tab = rig.tab(api, id);
  await until("the answer to go on without its reader", () => tab.seen.filter(({ event }) => event.type === "turn.ended").length === 3, 10_000);
  assert.equal((await api.messages(id)).at(-1).content, answer("left", 20));

  const failed = await post("turn=refused tokens=3 fault=401");
  const said = await readSse("the failure", failed);
  assert.equal(typeof JSON.parse(said.at(-1).data).error, "string");
});
