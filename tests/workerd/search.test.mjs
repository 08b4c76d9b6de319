// Search: what was said is found within seconds, wherever the process is killed; what was deleted or is another's is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("search");
const find = (api, q, rest = "") => api.expect(200, "GET", `/api/search?q=${encodeURIComponent(q)}${rest}`);
const found = (api, q, count) => until(`"${q}" to be found ${count} times`, async () => {
  const { hits } = await find(api, q);
  return hits.length === count ? hits : null;
});
const marked = ({ snippet }) => snippet.map(({ text, hit }) => (hit ? `[${text}]` : text)).join("");

test("a message and its answer are found soon after the end", async () => {
  const api = await rig.guest();
  const { id } = await api.create({ title: "Fruit" });
  const { message } = await api.send(id, "Where do crème apples grow? turn=s1 tokens=3");
  const [hit] = await found(api, "creme", 1);
  assert.equal(hit.conversationId, id);
  assert.equal(hit.title, "Fruit");
  assert.equal(hit.messageId, message.id);
  assert.equal(hit.role, "user");
  assert.equal(hit.createdAt, message.createdAt);
  assert.match(marked(hit), /\[crème\] apples/);
  const [, answer] = await api.messages(id);
  const word = answer.content.trim().split(/\s+/)[0];
  assert.ok((await find(api, `"${word}"`)).hits.some(({ messageId, role }) => messageId === answer.id && role === "assistant"), word);
});

test("Japanese is found by any piece of it, and what is typed is never a command", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  await api.send(id, "東京タワーはどこですか turn=s2 tokens=2");
  const [hit] = await found(api, "タワー", 1);
  assert.match(marked(hit), /東京\[タワー\]は/);
  for (const q of ['"', "a OR", "NEAR(x", "text:y", "(", "*", "^a", "a\u0000b", "é'--"]) assert.ok([200, 422].includes((await api.call("GET", `/api/search?q=${encodeURIComponent(q)}`)).status), q);
  assertProblem(await api.call("GET", "/api/search"), 422, "no q");
  assertProblem(await api.call("GET", "/api/search?q=!"), 422, "no letter");
  assertProblem(await api.call("GET", `/api/search?q=${"a".repeat(300)}`), 422, "too long");
  assertProblem(await new Api(rig.base).call("GET", "/api/search?q=a"), 401, "nobody");
});

test("another branch stays findable, a stranger finds nothing, and deleting forgets", async () => {
  const [api, stranger] = [await rig.guest(), await rig.guest()];
  const { id } = await api.create();
  await api.send(id, "zebra one turn=s3 tokens=2");
  await found(api, "zebra", 1);
  const first = (await api.messages(id))[0];
  await api.send(id, "follows turn=s4 tokens=2", { parentId: first.id });
  await api.send(id, "another zebra turn=s5 tokens=2");
  await found(api, "zebra", 2);
  assert.equal((await find(stranger, "zebra")).hits.length, 0);
  await api.call("DELETE", at(id));
  await found(api, "zebra", 0);
});

test("pages follow one another", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  for (let n = 0; n < 5; n++) await api.send(id, `kiwi ${n} turn=k${n} tokens=1`);
  await found(api, "kiwi", 5);
  const seen = [];
  for (let cursor = ""; cursor !== null; ) {
    const { hits, nextCursor } = await find(api, "kiwi", `&limit=2&cursor=${cursor}`);
    seen.push(...hits.map(({ messageId }) => messageId));
    cursor = nextCursor;
  }
  assert.equal(new Set(seen).size, 5);
});

test("kills between the message and the index lose nothing", async () => {
  const api = await rig.guest();
  for (let round = 0; round < 3; round++) {
    const { id } = await api.create();
    await api.send(id, `walrus${round} turn=w${round} tokens=8 delay=40`);
    await rig.kill();
    await rig.restart();
  }
  for (let round = 0; round < 3; round++) await until(`walrus${round} to be found`, async () => (await find(api, `walrus${round}`)).hits.some(({ role }) => role === "user"), 60_000, 500);
});
