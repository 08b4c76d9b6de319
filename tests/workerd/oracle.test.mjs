// The oracle itself: it must notice every loss, repetition and reordering, and the fake model must go on exactly.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { answer, faultsOf, token } from "../support/script.mjs";
import { sse } from "../support/sse.mjs";
import { startUpstream } from "../support/upstream.mjs";

const upstream = await startUpstream();
after(() => upstream.close());

const ask = (messages) =>
  fetch(`${upstream.url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", stream: true, stream_options: { include_usage: true }, messages }),
    signal: AbortSignal.timeout(5_000),
  });

/** The text of an answer, and whether it was whole. */
async function read(response) {
  let text = "";
  let done = false;
  try {
    for await (const { data } of sse(response)) {
      if (data === "[DONE]") done = true;
      else text += JSON.parse(data).choices?.[0]?.delta?.content ?? "";
    }
  } catch {
    // A cut connection.
  }
  return { text, done };
}

const user = (content) => ({ role: "user", content });
const assistant = (content) => ({ role: "assistant", content });

test("loss, repetition, reordering and foreign tokens are seen", () => {
  const tokens = Array.from({ length: 6 }, (_, k) => token("a", k));
  assert.deepEqual(faultsOf(tokens.join(""), "a"), []);
  const damaged = {
    lost: tokens.toSpliced(2, 1),
    repeated: tokens.toSpliced(2, 0, tokens[2]),
    reordered: tokens.toSpliced(2, 2, tokens[3], tokens[2]),
    foreign: tokens.toSpliced(6, 0, token("b", 6)),
    beheaded: tokens.slice(1),
  };
  for (const [name, list] of Object.entries(damaged)) assert.notDeepEqual(faultsOf(list.join(""), "a"), [], name);
});

test("the fake model goes on from exactly where any cut left it", async () => {
  const whole = answer("cut", 3);
  const points = [...whole].reduce((at, letter) => [...at, at.at(-1) + letter.length], [0]).slice(1, -1);
  for (const at of points) {
    const { text, done } = await read(await ask([user("turn=cut tokens=3 delay=0"), assistant(whole.slice(0, at))]));
    assert.equal(whole.slice(0, at) + text, whole, `cut at ${at}`);
    assert.ok(done);
  }
  assert.deepEqual(upstream.anomalies, []);
  await read(await ask([user("turn=cut tokens=3 delay=0"), assistant("what was never said")]));
  assert.equal(upstream.anomalies.length, 1);
  upstream.anomalies.length = 0;
});

test("each scripted fault does what its name says", async () => {
  const say = (fault, more = "") => ask([user(`turn=${fault} tokens=4 delay=10 fault=${fault} ${more}`)]);
  for (const fault of ["cut@2", "eof@2", "half-event@2"]) {
    const { text, done } = await read(await say(fault));
    assert.equal(done, false, fault);
    // A reset may overtake what was written before it.
    assert.ok(answer(fault, 2).startsWith(text), fault);
  }
  assert.equal((await say("429@3")).headers.get("retry-after"), "3");
  for (const [fault, status] of [["401", 401], ["400", 400], ["500", 500]]) assert.equal((await say(fault)).status, status);
  assert.match((await say("html")).headers.get("content-type"), /html/);
  assert.deepEqual(await read(await say("empty")), { text: "", done: false });
  assert.deepEqual(await read(await say("role-only")), { text: "", done: false });
  assert.deepEqual(await read(await say("bytes")), { text: answer("bytes", 4), done: true });
  await assert.rejects(say("reset"));
  const first = say("500@0", "times=1");
  assert.equal((await first).status, 500);
  assert.equal((await say("500@0", "times=1")).status, 200);
});

test("a reader who leaves is recorded, and a stalled answer can be released", async () => {
  const leaving = new AbortController();
  const response = await fetch(`${upstream.url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ messages: [user("turn=left tokens=4 delay=0 fault=stall@2")] }),
    signal: leaving.signal,
  });
  leaving.abort();
  await response.text().catch(() => {});
  while (upstream.of("left")[0].abortedAt === null) await new Promise(setImmediate);

  const stalled = ask([user("turn=held tokens=4 delay=0 fault=stall@2")]).then(read);
  while (upstream.of("held")[0]?.tokens !== 2) await new Promise(setImmediate);
  upstream.release("held");
  assert.deepEqual(await stalled, { text: answer("held", 4), done: true });
});
