// Bad input over HTTP: a clear problem every time, never a 500, nothing stored, the server as healthy as before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { memoryOf } from "../support/process.mjs";

const rig = await Rig.start("badinput");
const api = await rig.guest();
const { id } = await api.create();
const messages = at(id, "/messages");
const list = "/api/chat/conversations";

/** Each test ends with this: still there, nothing was stored, nothing crashed. */
async function assertHealthy() {
  assert.equal((await fetch(`${rig.base}/health`)).status, 200);
  assert.equal((await api.get(id)).messageCount, 0);
  assert.doesNotMatch(rig.server.log(), /panicked|Critical error|RuntimeError/, "the server's log tells of a panic");
}

const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);
const refused = [400, 413, 415, 422];

const bodies = {
  "nothing": "",
  "half an object": '{"content":',
  "no JSON": "hello",
  "a number": "7",
  "null": "null",
  "a list": "[]",
  "an empty object": "{}",
  "a number for the text": '{"content":7}',
  "null for the text": '{"content":null}',
  "a list for the text": '{"content":["a"]}',
  "an empty text": '{"content":""}',
  "only white space": '{"content":" \\n\\t "}',
  "a field nobody knows": '{"content":"x","owner":"me"}',
  "the same field twice": '{"content":"x","content":"y"}',
  "a client id that is a number": '{"content":"x","clientMessageId":7}',
  "an empty client id": '{"content":"x","clientMessageId":""}',
  "a client id of 1000 characters": JSON.stringify({ content: "x", clientMessageId: "k".repeat(1000) }),
  "a client id that is no ASCII": '{"content":"x","clientMessageId":"\\u0000é"}',
  "a parent that is no id": '{"content":"x","parentId":"nonsense"}',
  "a parent of elsewhere": JSON.stringify({ content: "x", parentId: "018bcfe5-6800-7074-8000-0001ee3f4a5b" }),
  "a model with a line break": '{"content":"x","model":"a\\nb"}',
  "a model of 10 KB": JSON.stringify({ content: "x", model: "m".repeat(10_000) }),
  "attachments that are not there": '{"content":"x","attachments":["../../etc/passwd"]}',
  "a text of 300 KiB": JSON.stringify({ content: "é".repeat(150 * 1024 + 1) }),
  "a body of 12 MB": JSON.stringify({ content: "x".repeat(12_000_000) }),
  "nesting of 100": `{"content":${nested(100)}}`,
  "nesting of 100,000": `{"content":${nested(100_000)}}`,
  "nesting of 1,000,000 objects": '{"a":'.repeat(1_000_000) + "1" + "}".repeat(1_000_000),
  "a lone surrogate": '{"content":"\\ud83d"}',
  "bytes that are no UTF-8": Buffer.from([...Buffer.from('{"content":"'), 0xff, 0xfe, 0xc0, ...Buffer.from('"}')]),
  "a byte order mark and nothing": "\ufeff",
  "a number too large": '{"content":1e999999}',
};

for (const accept of ["application/json", "text/event-stream"]) {
  test(`POST messages, accepting ${accept}: every bad body is refused with a problem`, async () => {
    for (const [what, body] of Object.entries(bodies)) {
      const answer = await api.call("POST", messages, { body, headers: { "content-type": "application/json", accept } });
      assertProblem(answer, [...refused, 404], `${what} (${accept})`);
      if ([400, 422].includes(answer.status)) assert.ok(answer.body.detail.length > 10, `${what}: "${answer.body.detail}" tells nobody anything`);
    }
    await assertHealthy();
  });
}

test("a field error points at the field", async () => {
  const wrong = await api.call("POST", messages, { json: { content: 7 } });
  assert.equal(wrong.body.errors?.[0]?.pointer, "/content", wrong.text);
  const create = await api.call("POST", list, { json: { title: { a: 1 } } });
  assert.equal(create.body.errors?.[0]?.pointer, "/title", create.text);
});

test("every other route refuses bad input in the same way", async () => {
  const json = { "content-type": "application/json" };
  const cases = [
    ["POST", list, { json: { title: "" } }, refused],
    ["POST", list, { json: { title: "t".repeat(201) } }, refused],
    ["POST", list, { json: { systemPrompt: "s".repeat(40_000) } }, refused],
    ["POST", list, { json: { model: "" } }, refused],
    ["POST", list, { json: { owner: api.user.id } }, refused],
    ["POST", list, { body: "{", headers: json }, refused],
    ["PATCH", at(id), { json: { tags: "x" } }, refused],
    ["PATCH", at(id), { json: { title: "x", colour: "y" } }, refused],
    ["POST", at(id, "/stop"), { json: { turnId: "nonsense" } }, [...refused, 404]],
    ["POST", at(id, "/stop"), { body: nested(100_000), headers: json }, refused],
    ["POST", "/api/chat", { json: { id, messages: "none" } }, refused],
    ["POST", "/api/chat", { json: { id, messages: [] } }, refused],
    ["POST", "/api/chat", { json: { id: "x".repeat(5_000), messages: [{ role: "user", parts: [{ type: "text", text: "x" }] }] } }, refused],
    ["POST", "/api/chat", { json: { id, messages: [{ role: "assistant", parts: [] }] } }, refused],
    ["POST", "/api/chat", { body: nested(100_000), headers: json }, refused],
    ["GET", `${list}?limit=0`, {}, refused],
    ["GET", `${list}?limit=100000`, {}, [200, ...refused]],
    ["GET", `${list}?limit=x`, {}, refused],
    ["GET", `${list}?cursor=nonsense`, {}, refused],
    ["GET", `${list}?cursor=${"A".repeat(4_000)}`, {}, refused],
    ["GET", at(id, "/messages?cursor=%00"), {}, refused],
    ["GET", at(id, "/messages?limit=-1"), {}, refused],
    ["GET", at(id, "/events?wait=x"), {}, refused],
    ["GET", at("nonsense"), {}, [400, 404]],
    ["GET", at("%2e%2e%2f"), {}, [400, 404]],
    ["GET", at(id.toUpperCase()), {}, [200, 400, 404]],
    ["GET", at(id.replaceAll("-", "")), {}, [400, 404]],
    ["GET", "/api/nothing", {}, 404],
    ["PUT", at(id), { json: {} }, 405],
    ["DELETE", "/health", {}, 405],
    ["GET", at(id, "/ws"), {}, [400, 426]],
    ["POST", "/api/auth/guest", { body: nested(100_000), headers: json }, [200, 201, ...refused]],
  ];
  for (const [method, path, options, statuses] of cases) {
    const what = `${method} ${path.slice(0, 80)} ${JSON.stringify(options).slice(0, 80)}`;
    const answer = await api.call(method, path, options);
    if (answer.status < 300) assert.ok([statuses].flat().includes(answer.status), what);
    else assertProblem(answer, statuses, what);
  }
  await assertHealthy();
});

test("what is not there and what is another's are the same 404, on every route", async () => {
  const other = await rig.guest();
  const missing = "018bcfe5-6800-7074-8000-0001ee3f4a5b";
  const routes = [
    ["GET", ""], ["PATCH", "", { json: { title: "mine" } }], ["DELETE", ""], ["GET", "/messages"], ["GET", "/events"],
    ["GET", "/events?after=99999"], ["POST", "/messages", { json: { content: "x" } }], ["POST", "/stop", { json: {} }],
    ["GET", "/messages?limit=1"], ["GET", "/events", { headers: { accept: "text/event-stream" } }],
  ];
  for (const [method, rest, options] of routes) {
    const [forbidden, unknown] = await Promise.all([other.call(method, at(id, rest), options), other.call(method, at(missing, rest), options)]);
    const what = `${method} ${rest}`;
    assertProblem(forbidden, 404, what);
    assertProblem(unknown, 404, what);
    const plain = ({ body }) => ({ ...body, requestId: null });
    assert.deepEqual(plain(forbidden), plain(unknown), what);
    const headers = ({ headers: all }) => [...all.keys()].filter((name) => !["date", "x-request-id"].includes(name)).toSorted();
    assert.deepEqual(headers(forbidden), headers(unknown), what);
    assert.equal(unknown.body.error, "Conversation not found", what);
  }
  for (const path of [`/api/chat/${id}/stream`, `/api/chat/${id}/stop`]) {
    const answer = await other.call(path.endsWith("stop") ? "POST" : "GET", path, {});
    assert.ok([204, 404].includes(answer.status), `${path} told ${answer.status} to another guest`);
  }
  await other.call("POST", "/api/chat", { json: { id, messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "turn=intruder tokens=1" }] }] }, headers: { accept: "*/*" } });
  await assertHealthy();
});

test("a credential that is bad is 401, never a guest; no credential is 401", async () => {
  const [head, claims, mac] = api.token.split(".");
  const b64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const parsed = JSON.parse(Buffer.from(claims, "base64url"));
  const bad = {
    "none": null,
    "empty": "Bearer ",
    "nonsense": "Bearer nonsense",
    "another scheme": `Basic ${api.token}`,
    "no signature": `Bearer ${head}.${claims}.`,
    "alg none": `Bearer ${b64({ alg: "none", typ: "JWT" })}.${claims}.`,
    "another subject": `Bearer ${head}.${b64({ ...parsed, sub: "018bcfe5-6800-7074-8000-0001ee3f4a5b" })}.${mac}`,
    "a later end": `Bearer ${head}.${b64({ ...parsed, exp: 4e9 })}.${mac}`,
    "a changed signature": `Bearer ${head}.${claims}.${mac.slice(0, -2)}${mac.endsWith("AA") ? "BB" : "AA"}`,
    "trailing dots": `Bearer ${api.token}.`,
    "twice": `Bearer ${api.token} ${api.token}`,
    "20 KB": `Bearer ${"a".repeat(20_000)}`,
  };
  for (const [what, authorization] of Object.entries(bad)) {
    // A runtime may refuse 20 KB of header by itself.
    const statuses = what === "20 KB" ? [401, 431] : 401;
    const answer = await api.call("GET", at(id), { headers: { authorization } });
    if (answer.status !== 431) assertProblem(answer, statuses, what);
    const create = await api.call("POST", list, { headers: { authorization }, json: {} });
    if (create.status !== 431) assertProblem(create, statuses, `${what}, creating`);
  }
  for (const cookie of ["sid=nonsense", `sid=${api.token}x`, "sid=", "__Host-sid=nonsense"]) {
    const answer = await api.call("GET", at(id), { headers: { authorization: null, cookie } });
    assertProblem(answer, 401, cookie);
  }
  assertProblem(await api.call("GET", `${at(id)}?token=${api.token}&access_token=${api.token}`, { headers: { authorization: null } }), 401, "a token in the address");
});

test("a cookie alone does nothing for another site's page", async () => {
  for (const origin of ["https://evil.example", "null", `${rig.base}.evil.example`, rig.base.replace("127.0.0.1", "localhost.evil.example")]) {
    const answer = await api.call("POST", list, { json: {}, headers: { authorization: null, cookie: api.cookie, origin } });
    assertProblem(answer, [401, 403], `Origin ${origin}`);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
  const form = await api.call("POST", list, { body: '{"title":"x"}', headers: { authorization: null, cookie: api.cookie, "content-type": "text/plain", "sec-fetch-site": "cross-site", origin: "https://evil.example" } });
  assertProblem(form, [401, 403, 415], "a form of another site");
  const own = await api.call("POST", list, { json: {}, headers: { authorization: null, cookie: api.cookie, origin: rig.base } });
  assert.equal(own.status, 201, "our own page");
});

test("40 bodies of 12 MB at once leave memory bounded", async () => {
  const before = await memoryOf(rig.server);
  const body = bodies["a body of 12 MB"];
  const answers = await Promise.all(Array.from({ length: 40 }, () => api.call("POST", messages, { body, headers: { "content-type": "application/json" } }).catch((error) => error)));
  for (const answer of answers) if (!(answer instanceof Error)) assertProblem(answer, [...refused, 503], "12 MB");
  const grown = (await memoryOf(rig.server)) - before;
  console.log(`memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
  assert.ok(grown < 512 * 2 ** 20, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
  await assertHealthy();
});
