// Bad input over the WebSocket: a clear close code, bounded memory, nothing stored, nobody else disturbed (F-19).
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { at } from "../support/api.mjs";
import { frames, openSocket, opened } from "../support/client.mjs";
import { memoryOf } from "../support/process.mjs";
import { Rig } from "../support/rig.mjs";
import { sleep, until, within } from "../support/wait.mjs";

const rig = await Rig.start("badframes");
const api = await rig.guest();
const { id } = await api.create();
const bystander = rig.tab(api, id, { name: "bystander" });

/** The bystander's socket never broke, and works. */
async function assertHealthy() {
  const before = bystander.last;
  await api.expect(200, "PATCH", at(id), { json: { title: `still here ${before}` } });
  await bystander.untilSeq(before + 1);
  assert.equal(bystander.connects, 1, "the bystander was disconnected");
  assert.deepEqual(bystander.faults, []);
  assert.doesNotMatch(rig.server.log(), /panicked|Critical error|RuntimeError/, "the server's log tells of a panic");
}

/** Sends a bad frame over a socket of its own; resolves with how that was closed. */
async function sendAndSee(what, data, options) {
  const socket = await opened(openSocket(api, id));
  socket.on("error", () => {});
  const ended = new Promise((resolve) => socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })));
  socket.send(data, options);
  try {
    return await within(`the close after ${what}`, ended, 5_000);
  } finally {
    socket.terminate();
  }
}

test("frames that cannot be read close the socket with 1008", async () => {
  const message = { id: "m", role: "user", parts: [{ type: "text", text: "x" }] };
  const bad = {
    "no JSON": "hello",
    "empty": "",
    "half": '{"type":"send"',
    "a list": "[]",
    "null": "null",
    "no type": "{}",
    "an unknown type": '{"type":"reboot","requestId":"r"}',
    "a type that is a number": '{"type":7,"requestId":"r"}',
    "a send without requestId": JSON.stringify({ type: "send", id, messages: [message] }),
    "a send without messages": '{"type":"send","requestId":"r"}',
    "messages that are text": '{"type":"send","requestId":"r","messages":"x"}',
    "a requestId that is a number": JSON.stringify({ type: "send", requestId: 7, messages: [message] }),
    "after that is negative": '{"type":"subscribe","requestId":"$log","after":-1}',
    "after that is text": '{"type":"subscribe","requestId":"$log","after":"1"}',
    "after that is a fraction": '{"type":"subscribe","requestId":"$log","after":1.5}',
    "lastSequence that is negative": '{"type":"resume","requestId":"r","lastSequence":-1}',
    "a type that is long and not ASCII": `{"type":"${"🙂".repeat(200)}"}`,
    "nesting of 100,000": `{"type":"send","requestId":"r","messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  };
  for (const [what, data] of Object.entries(bad)) {
    const { code, reason } = await sendAndSee(what, data);
    assert.equal(code, 1008, `${what}: closed with ${code} ${reason}`);
    assert.ok(reason.length > 0, `${what}: no reason was given`);
  }
  assert.equal((await sendAndSee("binary", Buffer.from([1, 2, 3]), { binary: true })).code, 1008);
  await assertHealthy();
});

test("frames that are too large close the socket with 1009", async () => {
  for (const size of [9 * 2 ** 20, 32 * 2 ** 20 - 1000, 32 * 2 ** 20, 40 * 2 ** 20]) {
    const { code } = await sendAndSee(`${size} bytes`, `{"type":"send","requestId":"r","messages":[],"x":"${"x".repeat(size)}"}`);
    assert.equal(code, 1009, `${size} bytes`);
  }
  await assertHealthy();
});

test("a message that the conversation refuses is an error frame, and the socket lives on", async () => {
  const socket = await opened(openSocket(api, id));
  const got = frames(socket);
  const send = (requestId, text, more = {}) =>
    socket.send(JSON.stringify({ type: "send", requestId, id, trigger: "submit-message", headers: {}, body: {}, messages: [{ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text }] }], ...more }));
  const cases = {
    empty: [""], blank: [" \n "], long: ["x".repeat(300 * 1024)], none: ["x", { messages: [] }], role: ["x", { messages: [{ id: "a", role: "assistant", parts: [] }] }],
    parent: ["x", { body: { parentId: "nonsense" } }], regenerate: ["x", { trigger: "regenerate-message", messageId: "nobody" }],
  };
  for (const [requestId, args] of Object.entries(cases)) {
    send(requestId, ...args);
    const error = await until(`an error frame for ${requestId} (${JSON.stringify(got).slice(0, 300)}, socket ${socket.readyState})`, () => got.find((frame) => frame.requestId === requestId));
    assert.equal(error.type, "error", requestId);
    assert.ok(error.errorText.length > 5, requestId);
  }
  socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 9999 }));
  const ahead = await until("an answer to a subscription ahead of the log", () => got.find((frame) => frame.requestId === "$log"));
  assert.equal(ahead.type, "error");
  socket.send(JSON.stringify({ type: "abort", requestId: "never heard of" }));
  socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 0 }));
  await until("the log", () => got.find((frame) => frame.type === "event"));
  socket.close();
  await assertHealthy();
});

test("100,000 tiny frames: closed or answered, memory bounded, everybody served", { timeout: 180_000 }, async () => {
  const other = await rig.guest();
  const theirs = await other.create();
  const before = await memoryOf(rig.server);
  for (const [tiny, count] of [['{"type":"abort","requestId":"x"}', 100_000], ["ping", 100_000], ['{"type":"resume","requestId":"x"}', 10_000]]) {
    const socket = await opened(openSocket(api, id));
    socket.on("error", () => {});
    let [pongs, answers, code] = [0, 0, null];
    socket.on("message", (data) => (String(data) === "pong" ? pongs++ : answers++));
    socket.on("close", (closedWith) => (code = closedWith));
    try {
      const since = Date.now();
      for (let n = 0; n < count && code === null; n++) {
        socket.send(tiny);
        if (n % 1_000 === 999) await sleep(0);
      }
      if (code === null) socket.send("ping", () => {});
      let longest = 0;
      await until(`the end of ${count} × ${tiny}`, async () => {
        const asked = Date.now();
        await other.get(theirs.id);
        longest = Math.max(longest, Date.now() - asked);
        return code !== null || pongs >= (tiny === "ping" ? count : 1);
      }, 60_000, 50);
      console.log(`${count} × ${tiny}: ${code === null ? `${answers} answers` : `closed with ${code}`} in ${Date.now() - since} ms; another guest waited at most ${longest} ms`);
      if (code !== null) assert.ok([1008, 1013, 4429].includes(code), `closed with ${code}`);
      // Frames that came in before the close are handed over one by one by the runtime, ahead of everything later.
      assert.ok(longest < 15_000, `another guest waited ${longest} ms`);
    } finally {
      socket.terminate();
    }
    await assertHealthy();
  }
  const grown = (await memoryOf(rig.server)) - before;
  console.log(`memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
  assert.ok(grown < 512 * 2 ** 20, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
});

test("the handshake takes a bearer, or the cookie with exactly our Origin, and nothing else", async () => {
  const url = rig.base.replace("http", "ws") + at(id, "/ws");
  // A refusal is a status, or a close code at once: browsers show only the latter.
  const refusals = { 4401: 401, 4403: 403, 4404: 404 };
  const attempt = async (address, protocols, headers) => {
    // The runtime may leave the end of the connection to the client; browsers wait two seconds for it.
    const socket = new WebSocket(address, protocols, { headers, closeTimeout: 2_000 });
    const end = new Promise((resolve) => socket.once("close", (code) => resolve({ status: refusals[code] ?? code, closed: true })));
    try {
      await opened(socket);
      socket.send('{"type":"subscribe","after":0}');
      const shown = new Promise((resolve) => socket.once("message", () => resolve({ status: 101, closed: true })));
      return await within("an event, or a close that is complete", Promise.race([shown, end]), 6_000);
    } catch (error) {
      return error;
    } finally {
      socket.terminate();
    }
  };
  const ok = async (what, ...args) => assert.equal((await attempt(...args)).status, 101, what);
  const no = async (what, statuses, ...args) => {
    const error = await attempt(...args);
    assert.ok([statuses].flat().includes(error.status), `${what}: ${error.status ?? error}, expected ${statuses}`);
    if (error.closed) return;
    assert.match(error.headers["content-type"] ?? "", /problem\+json/, what);
    assert.ok(error.headers["x-request-id"], what);
  };
  await ok("bearer as subprotocol", url, ["bearer", api.token], {});
  await ok("cookie and Origin", url, [], { cookie: api.cookie, origin: rig.base });
  await no("cookie without Origin", [401, 403], url, [], { cookie: api.cookie });
  await no("cookie of another site's page", 403, url, [], { cookie: api.cookie, origin: "https://evil.example" });
  await no("Origin null", 403, url, [], { cookie: api.cookie, origin: "null" });
  await no("Origin that begins like ours", 403, url, [], { cookie: api.cookie, origin: `${rig.base}.evil.example` });
  await no("Origin on another port", 403, url, [], { cookie: api.cookie, origin: "http://127.0.0.1:1" });
  await no("nothing", 401, url, [], { origin: rig.base });
  await no("a bad bearer", 401, url, ["bearer", `${api.token}x`], {});
  await no("a bad cookie", 401, url, [], { cookie: "sid=nonsense", origin: rig.base });
  await no("a token in the address", 401, `${url}?token=${api.token}`, [], { origin: rig.base });
  await no("a bad bearer beside a good cookie", 401, url, ["bearer", "nonsense"], { cookie: api.cookie, origin: rig.base });
  const other = await rig.guest();
  await no("another guest", 404, url, ["bearer", other.token], {});
  await no("no such conversation", 404, url.replace(id, "018bcfe5-6800-7074-8000-0001ee3f4a5b"), ["bearer", api.token], {});
  await no("no id", [400, 404], url.replace(id, "nonsense"), ["bearer", api.token], {});
  await assertHealthy();
});
