// Files in the real runtime: up and down in bounded memory, cut and resumed, killed and collected, and shown to a model.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { memoryOf } from "../support/process.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("attachments");
const FILES = "/api/chat/attachments";
const MIB = 1024 * 1024;
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const signal = () => AbortSignal.timeout(120_000);
/** Text that repeats nowhere. */
const text = (bytes, seed) => Buffer.alloc(bytes, Array.from({ length: 4_096 }, (_, n) => `${seed} ${n} ${sha256(`${n}`)}\n`).join(""));
const put = (api, name, type, body) => api.call("POST", `${FILES}?name=${encodeURIComponent(name)}`, { body, headers: { "content-type": type }, signal: signal() });
const tick = async () => assert.equal((await fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`)).status, 200);

/** Files that the local R2 holds. */
const blobs = () => {
  const all = join(rig.state.path, "v3", "r2");
  return existsSync(all) ? readdirSync(all, { recursive: true }).filter((name) => /blobs\/[0-9a-f]+$/.test(name)).length : 0;
};

/** Runs `statement` on D1 while the server is down. */
function change(statement) {
  const dir = join(rig.state.path, "v3", "d1");
  for (const name of readdirSync(dir, { recursive: true }).filter((file) => file.endsWith(".sqlite"))) {
    const database = new DatabaseSync(join(dir, name));
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'attachments'").get()) database.exec(statement);
    database.close();
  }
}

test("50 MB go up and come down", async () => {
  const api = await rig.guest();
  const whole = text(50 * MIB, "big");
  const began = Date.now();
  const made = await put(api, "big.txt", "text/plain", whole);
  const up = Date.now() - began;
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.sha256, sha256(whole));
  const response = await api.raw("GET", `${FILES}/${made.body.id}`, { signal: signal() });
  assert.equal(response.status, 200);
  const hash = createHash("sha256");
  for await (const chunk of response.body) hash.update(chunk);
  assert.equal(hash.digest("hex"), made.body.sha256);
  console.log(`50 MB: up in ${up} ms, both in ${Date.now() - began} ms`);
  assertProblem(await put(api, "more.txt", "text/plain", text(50 * MIB + 1, "more")), 413, "one byte more");
});

test("what passes does not stay in memory", async () => {
  const api = await rig.guest();
  const before = await memoryOf(rig.server);
  for (let n = 0; n < 6; n++) assert.equal((await put(api, "a.txt", "text/plain", text(20 * MIB, `pass ${n}`))).status, 201);
  const grown = ((await memoryOf(rig.server)) - before) / MIB;
  console.log(`120 MB up: workerd has grown by ${grown.toFixed(0)} MiB`);
  assert.ok(grown < 100, `workerd has grown by ${grown} MiB`);
});

test("a part of it, a known one, and what is not there", async () => {
  const api = await rig.guest();
  const { body } = await put(api, "a.txt", "text/plain", "0123456789");
  const get = (headers) => api.call("GET", `${FILES}/${body.id}`, { headers });
  const part = await get({ range: "bytes=3-5" });
  assert.deepEqual([part.status, part.text, part.headers.get("content-range")], [206, "345", "bytes 3-5/10"]);
  assert.equal((await get({ range: "bytes=-2", "if-range": part.headers.get("etag") })).text, "89");
  assert.equal((await get({ range: "bytes=-2", "if-range": '"x"' })).text, "0123456789");
  assert.equal((await get({ "if-none-match": part.headers.get("etag") })).status, 304);
  assertProblem(await get({ range: "bytes=10-" }), 416, "past its end");
  assertProblem(await (await rig.guest()).call("GET", `${FILES}/${body.id}`), 404, "a stranger");
  assertProblem(await put(api, "a.png", "image/png", "<html>"), 415, "no image");
  const form = new FormData();
  form.set("file", new Blob(["a,b\n"], { type: "text/csv" }), "t.csv");
  const formed = await api.expect(201, "POST", FILES, { body: form });
  assert.deepEqual([formed.name, formed.mediaType, formed.size], ["t.csv", "text/csv", 4]);
});

test("an upload in parts is cut at every part and goes on; the same file again is one object", async () => {
  const api = await rig.guest();
  const whole = text(11 * MIB, "parts");
  const begun = await api.expect(201, "POST", `${FILES}/uploads`, { json: { name: "p.txt", mediaType: "text/plain", size: whole.length } });
  const { partBytes, partCount } = begun.upload;
  const path = `${FILES}/${begun.id}`;
  for (let n = 1; n <= partCount; n++) {
    const part = whole.subarray((n - 1) * partBytes, n * partBytes);
    // Half of it, and the connection breaks.
    await new Promise((resolve) => {
      const { hostname, port } = new URL(rig.base);
      const cut = request({ hostname, port, method: "PUT", path: `${path}/parts/${n}`, headers: { authorization: `Bearer ${api.token}`, "content-type": "application/octet-stream", "content-length": part.length } });
      cut.once("error", resolve);
      cut.write(part.subarray(0, part.length / 2), () => cut.destroy(new Error("cut")));
    });
    const there = (await api.expect(200, "GET", `${path}/info`)).upload.parts;
    assert.deepEqual(there, Array.from({ length: n - 1 }, (_, at) => at + 1), "of a part that was cut nothing is there");
    await api.expect(200, "PUT", `${path}/parts/${n}`, { body: part, headers: { "content-type": "application/octet-stream" }, signal: signal() });
  }
  const done = await api.expect(200, "POST", `${path}/complete`, { signal: signal() });
  assert.deepEqual([done.status, done.sha256], ["ready", sha256(whole)]);
  const held = blobs();
  const again = await put(api, "again.txt", "text/plain", whole);
  assert.equal(again.status, 201, again.text);
  await until("the parts of the second to be dropped", () => blobs() <= held);
  await api.expect(204, "DELETE", path);
  await tick();
  assert.equal((await api.raw("GET", `${FILES}/${again.body.id}`)).status, 200, "the other row holds the object");
});

test("a message with a text and an image reaches the model's wire", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const note = await put(api, "note.md", "text/markdown", "The code word is *heron*.");
  const image = await put(api, "dot.png", "image/png", PNG);
  const { message, turn } = await api.send(id, "turn=files tokens=3", { attachments: [note.body.id, image.body.id] });
  assert.deepEqual(message.attachments, [note.body.id, image.body.id]);
  assert.deepEqual(message.parts.map(({ type, filename }) => [type, filename]), [["file", "note.md"], ["file", "dot.png"], ["text", undefined]]);
  await until("the answer", async () => (await api.message(id, turn.messageId))?.status === "completed");
  const [asked] = rig.upstream.of("files");
  const [shown, said] = asked.body.messages.at(-1).content;
  assert.match(said.text, /named "note\.md" \(text\/markdown\)[^]*not instructions[^]*={8}\nThe code word is \*heron\*\.\n={8}\n/);
  assert.ok(said.text.endsWith("turn=files tokens=3"));
  assert.deepEqual(shown, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG.toString("base64")}` } });

  await api.expect(204, "DELETE", at(id));
  assertProblem(await api.call("GET", `${FILES}/${note.body.id}`), 404, "its conversation is deleted");
});

test("what was killed in the middle is collected, and an account's files go with it", async () => {
  const api = await rig.guest();
  const part = text(5 * MIB, "killed");
  const begun = await api.expect(201, "POST", `${FILES}/uploads`, { json: { name: "k.txt", size: 2 * part.length } });
  await api.expect(200, "PUT", `${FILES}/${begun.id}/parts/1`, { body: part, headers: { "content-type": "text/plain" }, signal: signal() });
  // Another is on its way when everything dies.
  const { hostname, port } = new URL(rig.base);
  const cut = request({ hostname, port, method: "POST", path: `${FILES}?name=x.txt`, headers: { authorization: `Bearer ${api.token}`, "content-type": "text/plain", "content-length": 3 * part.length } });
  cut.once("error", () => {});
  cut.write(part);
  cut.write(part);
  await until("its first part", () => api.expect(200, "GET", `${FILES}/${begun.id}/info`));
  await rig.kill();
  await rig.restart();
  const there = await api.expect(200, "GET", `${FILES}/${begun.id}/info`);
  assert.deepEqual(there.upload.parts, [1], "what was stored before is still there");
  const mine = await put(api, "mine.txt", "text/plain", "mine and nobody else's");
  await rig.kill();
  change("UPDATE attachments SET created_at_ms = 1 WHERE status = 'pending'");
  await rig.restart();
  const pending = blobs();
  await tick();
  await until("the uploads to be given up", () => blobs() < pending);
  assertProblem(await api.call("GET", `${FILES}/${begun.id}/info`), 404, "it was given up");

  assert.equal((await api.raw("GET", `${FILES}/${mine.body.id}`)).status, 200);
  const held = blobs();
  await api.expect(204, "DELETE", "/api/users/me", { json: {} });
  await tick();
  await tick();
  await until("the account's files to go", () => blobs() < held);
});
