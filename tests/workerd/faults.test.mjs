// Every way in which a model's server fails: the turn goes on or fails with what was said, and always ends (F-20 to F-25).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertSound } from "../support/audit.mjs";
import { memoryOf } from "../support/process.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("faults", { FIRST_BYTE_TIMEOUT_MS: "900", IDLE_TIMEOUT_MS: "900", CHAT_TIMEOUT_MS: "15000" });
const api = await rig.guest();

/** Sends a script, waits for the end, and checks what must hold whatever happened. */
async function play(turn, script, ms) {
  const { id } = await api.create();
  const tab = rig.tab(api, id, { name: turn });
  const since = Date.now();
  const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} ${script}`);
  const ended = await tab.untilEnded(turnId, ms);
  const took = Date.now() - since;
  const tokens = Number(/tokens=(\d+)/.exec(script)?.[1] ?? 20);
  await assertSound(api, id, { sent: [{ turn, tokens, message, turnId }], tabs: [tab], whole: ended.status === "completed" });
  const reply = await api.message(id, turnId);
  await tab.close();
  const attempts = rig.upstream.of(turn);
  await until(`the connections of ${turn} to be closed`, () => attempts.every(({ endedAt }) => endedAt), 3_000);
  return { reply, ended, took, attempts };
}

// name: [script, status, tokens that must be there at the end, times that the model is asked, milliseconds at least and at most]
const table = {
  "silent before headers": ["tokens=9 fault=stall@0", "failed", 0, [2, 2], [1_800, 6_000]],
  "silent once before headers": ["tokens=9 delay=0 fault=stall@0 times=1", "completed", 9, [2, 2], [900, 5_000]],
  "silent once before the first token": ["tokens=9 delay=0 fault=mute times=1", "completed", 9, [2, 2], [900, 5_000]],
  "silent in the middle for ever": ["tokens=9 delay=0 fault=stall@5", "failed", 5, [2, 4], [1_800, 8_000]],
  "silent in the middle once": ["tokens=9 delay=0 fault=stall@5 times=1", "completed", 9, [2, 2], [900, 5_000]],
  "a drip that never ends": ["tokens=900 delay=400", "failed", 20, [1, 1], [14_000, 19_000]],
  "reset before headers, then well": ["tokens=9 delay=0 fault=reset times=2", "completed", 9, [3, 3], [0, 6_000]],
  "reset for ever": ["tokens=9 fault=reset", "failed", 0, [3, 6], [0, 12_000]],
  "reset in the middle for ever": ["tokens=9 delay=5 fault=cut@5", "failed", 0, [3, 8], [0, 12_000]],
  "end without [DONE]": ["tokens=9 delay=0 fault=eof@5", "failed", 5, [3, 8], [0, 12_000]],
  "end without [DONE], then well": ["tokens=9 delay=0 fault=eof@5 times=3", "completed", 9, [4, 4], [0, 8_000]],
  "end inside an event": ["tokens=9 delay=0 fault=half-event@5 times=1", "completed", 9, [2, 2], [0, 5_000]],
  "429 with Retry-After": ["tokens=9 delay=0 fault=429@2 times=1", "completed", 9, [2, 2], [1_900, 6_000]],
  "429 for ever": ["tokens=9 fault=429@1", "failed", 0, [3, 6], [2_000, 14_000]],
  "500 twice, then well": ["tokens=9 delay=0 fault=500 times=2", "completed", 9, [3, 3], [0, 6_000]],
  "500 for ever": ["tokens=9 fault=500", "failed", 0, [3, 6], [0, 14_000]],
  "401": ["tokens=9 fault=401", "failed", 0, [1, 1], [0, 10_000]],
  "400": ["tokens=9 fault=400", "failed", 0, [1, 1], [0, 10_000]],
  "a page of HTML": ["tokens=9 fault=html", "failed", 0, [1, 6], [0, 14_000]],
  "HTML once, then well": ["tokens=9 delay=0 fault=html times=1", "completed", 9, [2, 2], [0, 5_000]],
  "an error inside the stream": ["tokens=9 delay=0 fault=error@5", "failed", 5, [1, 8], [0, 12_000]],
  "an error inside the stream, once": ["tokens=9 delay=0 fault=error@5 times=1", "completed", 9, [2, 2], [0, 5_000]],
  "what is not JSON, once": ["tokens=9 delay=0 fault=garbage@5 times=1", "completed", 9, [1, 2], [0, 5_000]],
  "an empty stream": ["tokens=9 fault=empty", "failed", 0, [1, 6], [0, 12_000]],
  "only a role": ["tokens=9 fault=role-only", "failed", 0, [1, 6], [0, 12_000]],
  "byte by byte": ["tokens=30 delay=0 fault=bytes", "completed", 30, [1, 1], [0, 10_000]],
  "a line of 64 MB, once": ["tokens=9 delay=0 fault=huge-line times=1", "completed", 9, [2, 2], [0, 14_000]],
};

describe("a model's server that fails", { concurrency: true }, () => {
  for (const [at, [name, [script, status, tokens, [fewest, most], [soonest, latest]]]] of Object.entries(table).entries()) {
    test(name, async () => {
      const turn = `f${at}`;
      const { reply, took, attempts } = await play(turn, script, latest + 8_000);
      const shown = `${name}: ${JSON.stringify({ status: reply.status, error: reply.error, said: reply.content.length, took, attempts: attempts.length })}`;
      assert.equal(reply.status, status, shown);
      assert.ok(reply.content.startsWith(answer(turn, tokens)), `the beginning is gone. ${shown}`);
      assert.ok(attempts.length >= fewest && attempts.length <= most, `asked ${attempts.length} times. ${shown}`);
      assert.ok(took >= soonest && took <= latest, `took ${took} ms. ${shown}`);
      if (status === "failed") {
        assert.ok(reply.error.length > 10, shown);
        assert.doesNotMatch(JSON.stringify(reply), /sk-secret|oops|slow down|context too long/, `the vendor's words are shown. ${shown}`);
      } else {
        assert.equal(reply.error, null, shown);
      }
    });
  }
});

test("a connection cut after any token costs nothing of the answer (F-21)", async () => {
  const cuts = Array.from({ length: 16 }, (_, k) => `tokens=16 delay=3 fault=cut@${k} times=1`);
  await Promise.all(cuts.map(async (script, k) => {
    const { reply } = await play(`any${k}`, script, 15_000);
    assert.equal(reply.content, answer(`any${k}`, 16), script);
  }));
});

test("an answer without end is ended at its limit, the model is cut off, memory stays bounded (F-25)", async () => {
  const before = await memoryOf(rig.server);
  const { id } = await api.create();
  const { turn } = await api.send(id, "turn=endless tokens=1000000 delay=0 fault=infinite");
  const tab = rig.tab(api, id);
  const ended = await tab.untilEnded(turn.id, 25_000);
  assert.deepEqual([ended.status, ended.finishReason], ["completed", "length"]);
  const reply = await api.message(id, turn.id);
  assert.ok(Buffer.byteLength(reply.content) <= 2 ** 20, `${Buffer.byteLength(reply.content)} bytes were kept`);
  assert.equal(reply.content, answer("endless", 60_000).slice(0, reply.content.length));
  await until("the model to be cut off", () => rig.upstream.of("endless").every(({ abortedAt }) => abortedAt), 3_000);
  const grown = (await memoryOf(rig.server)) - before;
  console.log(`memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
  assert.ok(grown < 256 * 2 ** 20, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
});

test("the model was never asked to go on from what it had not said", () => assert.deepEqual(rig.upstream.anomalies, []));
