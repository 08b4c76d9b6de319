// Files and links in the real runtime: each platform's export is taken once, an export of ours comes back as it was, and a
// link shows what it should for as long as it should.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("transfer");
const fixture = (name) => JSON.parse(readFileSync(new URL(`../fixtures/imports/${name}.json`, import.meta.url), "utf8"));
const take = (api, json) => api.expect(200, "POST", "/api/import", { json });
const tree = (messages) => messages.map(({ role, content, parentId, status, model, createdAt, seq }) => ({ role, content, status, model, createdAt, seq, parent: messages.findIndex(({ id }) => id === parentId) }));

for (const [name, source, said] of [["chatgpt", "chatgpt", "flour"], ["claude", "claude", "hostas"], ["librechat", "librechat", "cassette"], ["open-webui", "open-webui", "Boiling"]]) {
  test(`${name}: taken once, listed, found and given back`, async () => {
    const [api, other] = [await rig.guest(), await rig.guest()];
    const { conversations: [first] } = await take(api, fixture(name));
    assert.equal(first.outcome, "created", JSON.stringify(first));
    assert.equal(first.source, source);
    const { conversations: [again] } = await take(api, fixture(name));
    assert.deepEqual([again.outcome, again.conversationId], ["unchanged", first.conversationId]);
    await until("the list to have it", async () => (await api.expect(200, "GET", "/api/chat/conversations")).conversations.some(({ id, title }) => id === first.conversationId && title === first.title));
    await until(`${said} to be found`, async () => (await api.expect(200, "GET", `/api/search?q=${said}`)).hits.some(({ conversationId }) => conversationId === first.conversationId));

    const file = await api.expect(200, "GET", at(first.conversationId, "/export"));
    assert.deepEqual(file.messages, await api.messages(first.conversationId));
    const { conversations: [copy] } = await take(other, file);
    assert.equal(copy.outcome, "created", JSON.stringify(copy));
    const copied = await other.expect(200, "GET", at(copy.conversationId, "/export"));
    assert.deepEqual(tree(copied.messages), tree(file.messages));

    // It goes on here, after a restart too.
    await api.send(first.conversationId, "And now? turn=t1 tokens=2");
    await until("an answer", async () => (await api.messages(first.conversationId)).at(-1).status === "completed");
  });
}

test("what was deleted is not brought back, and a file that is none is refused", async () => {
  const api = await rig.guest();
  const { conversations: [first] } = await take(api, fixture("claude"));
  await api.call("DELETE", at(first.conversationId));
  assert.equal((await take(api, fixture("claude"))).conversations[0].outcome, "deleted");
  const zip = { body: Buffer.from("PK\x03\x04x"), headers: { "content-type": "application/json" } };
  const answer = await api.call("POST", "/api/import", zip);
  assertProblem(answer, 422, "a ZIP");
  assert.match(answer.body.detail, /ZIP/);
  assertProblem(await api.call("POST", "/api/import", { ...zip, headers: { "content-type": "application/zip" } }), 415, "a ZIP that says so");
});

test("links: snapshot and live, revoked and gone", async () => {
  const [api, anybody] = [await rig.guest(), new Api(rig.base)];
  const { id } = await api.create();
  await api.send(id, "<img src=x onerror=alert(1)> turn=h1 tokens=2");
  await until("an answer", async () => (await api.messages(id)).at(-1).status === "completed");
  const share = (kind) => api.expect(201, "POST", at(id, "/shares"), { json: { kind } });
  const [snapshot, live] = [await share("snapshot"), await share("live")];
  await api.send(id, "later words turn=h2 tokens=2");
  const open = ({ url }, options) => anybody.call("GET", new URL(url).pathname, options);
  const page = await open(snapshot);
  assert.equal(page.status, 200, page.text.slice(0, 300));
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(page.text, /<script|<img|later words/);
  assert.match(page.text, /&lt;img src=x/);
  const now = await open(live);
  assert.match(now.text, /later words/);
  assert.equal((await open(snapshot, { headers: { "if-none-match": page.headers.get("etag") } })).status, 304);
  const head = await anybody.raw("HEAD", new URL(live.url).pathname);
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  await api.call("DELETE", at(id, `/shares/${live.share.id}`));
  assertProblem(await open(live), 404, "revoked");
  await api.call("DELETE", at(id));
  assertProblem(await open(snapshot), 404, "the conversation is gone");
});
