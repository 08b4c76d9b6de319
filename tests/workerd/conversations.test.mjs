// The catalogue: create, list, rename and delete are visible at once, in pages, with ETags, to their owner alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("conversations");
const list = "/api/chat/conversations";

test("a guest's session tells who they are, and signs out", async () => {
  const api = await rig.guest();
  const { user } = await api.expect(200, "GET", "/api/auth/session");
  assert.equal(user.id, api.user.id);
  assert.equal(user.guest, true);
  const byCookie = await api.call("GET", "/api/auth/session", { headers: { authorization: null, cookie: api.cookie } });
  assert.equal(byCookie.body.user.id, api.user.id);
  assertProblem(await api.call("GET", "/api/auth/session", { headers: { authorization: null } }), 401, "no session");
});

test("what was created is listed, read, renamed and deleted at once", async () => {
  const api = await rig.guest();
  const made = await api.create();
  assert.equal(made.title, "New Conversation");
  assert.equal(made.model, "test-model");
  assert.equal(made.messageCount, 0);
  assert.match(made.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.deepEqual((await api.expect(200, "GET", list)).conversations.map(({ id }) => id), [made.id]);
  assert.equal((await api.get(made.id)).id, made.id);

  const named = await api.create({ title: "Täglich 🙂", systemPrompt: "Be brief.", model: "other-model" });
  assert.deepEqual([named.title, named.systemPrompt, named.model], ["Täglich 🙂", "Be brief.", "other-model"]);
  assert.deepEqual((await api.expect(200, "GET", list)).conversations.map(({ id }) => id), [named.id, made.id]);

  await api.expect(200, "PATCH", at(made.id), { json: { title: "Renamed" } });
  assert.equal((await api.get(made.id)).title, "Renamed");
  const { conversations } = await api.expect(200, "GET", list);
  assert.equal(conversations.find(({ id }) => id === made.id).title, "Renamed");
  assert.deepEqual((await api.log(made.id)).at(-1).event, { type: "conversation.updated", title: "Renamed" });

  const gone = await api.call("DELETE", at(made.id));
  assert.ok([200, 204].includes(gone.status), `DELETE answered ${gone.status}`);
  assertProblem(await api.call("GET", at(made.id)), 404, "a deleted conversation");
  assert.deepEqual((await api.expect(200, "GET", list)).conversations.map(({ id }) => id), [named.id]);
});

test("pages lead through all conversations, each once, newest first", async () => {
  const api = await rig.guest();
  const made = [];
  for (let n = 0; n < 7; n++) made.push((await api.create({ title: `number ${n}` })).id);
  const seen = [];
  let cursor = null;
  for (let page = 0; page < 10; page++) {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const { conversations, nextCursor } = await api.expect(200, "GET", `${list}?limit=3${query}`);
    assert.ok(conversations.length <= 3);
    seen.push(...conversations.map(({ id }) => id));
    cursor = nextCursor;
    if (!cursor) break;
  }
  assert.deepEqual(seen, made.toReversed());
  const { conversations } = await api.expect(200, "GET", `${list}?q=${encodeURIComponent("number 4")}`);
  assert.deepEqual(conversations.map(({ id }) => id), [made[4]]);
});

test("an unchanged list answers 304, a changed one does not", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const first = await api.call("GET", list);
  const etag = first.headers.get("etag");
  assert.ok(etag, "no ETag");
  const again = await api.call("GET", list, { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, again.text, again.headers.get("etag")], [304, "", etag]);
  await api.expect(200, "PATCH", at(id), { json: { title: "Changed" } });
  const changed = await api.call("GET", list, { headers: { "if-none-match": etag } });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.conversations[0].title, "Changed");
  const other = await rig.guest();
  assert.equal((await other.call("GET", list, { headers: { "if-none-match": etag } })).status, 200, "another guest's ETag");
});

test("a message brings the conversation to the front, with title, preview and count", async () => {
  const api = await rig.guest();
  const [first, second] = [await api.create(), await api.create()];
  const { turn } = await api.send(first.id, "Where is turn=front tokens=3 delay=0");
  const tab = rig.tab(api, first.id);
  await tab.untilEnded(turn.id);
  const row = await until("the catalogue to catch up", async () => {
    const { conversations } = await api.expect(200, "GET", list);
    return conversations[0].id === first.id && conversations[0].messageCount === 2 && conversations[0].preview.includes("⟦front:0⟧") ? conversations[0] : null;
  }, 15_000, 100);
  assert.match(row.title, /^Where is/);
  assert.equal((await api.get(first.id)).messageCount, 2);
  assert.equal((await api.expect(200, "GET", list)).conversations[1].id, second.id);
});
