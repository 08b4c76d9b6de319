// Models over every wire format, and routing: the next provider answers before the first token, and goes on after it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Api } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const secret = "the secret of the first administrator";
const other = await startUpstream();
const providers = [
  ["claude", "anthropic", "CLAUDE_KEY"],
  ["google", "gemini", "GOOGLE_KEY"],
  ["answers", "responses", "ANSWERS_KEY"],
  ["backup", "chat-completions", "BACKUP_KEY"],
].map(([name, wire, keySecret]) => ({ name, wire, baseUrl: other.url, keySecret }));
// Words that no model may ever read.
const hidden = Object.fromEntries(["AUTH_SECRET", "AUTH_SECRET_PREVIOUS", "PASSWORD_PEPPER", "KEY_ENCRYPTION_KEY"].map((name) => [name, `canary-of-${name}-which-nobody-is-told`]));
const rig = await Rig.start("models", {
  ...hidden, BOOTSTRAP_SECRET: secret, MODEL_PROVIDERS: JSON.stringify(providers), CLAUDE_KEY: "k-claude", GOOGLE_KEY: "k-google", ANSWERS_KEY: "k-answers", BACKUP_KEY: "k-backup",
  FIRST_BYTE_TIMEOUT_MS: "8000", IDLE_TIMEOUT_MS: "900", CHAT_TIMEOUT_MS: "60000",
});

const ann = new Api(rig.base);
Object.assign(ann, { token: (await ann.expect(201, "POST", "/api/auth/signup", { json: { email: "ann@example.org", password: "correct horse battery" } })).accessToken });
await ann.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });

// Each test has a model of its own, so that no circuit that one opens concerns another. They are made before the first
// question: what asks them remembers the list for some seconds.
const models = {
  "w-anthropic": ["claude"], "w-gemini": ["google"], "w-responses": ["answers"], "c-anthropic": ["claude"], "c-gemini": ["google"], "c-responses": ["answers"],
  before: ["openai", "claude", "google"], silent1: ["openai", "claude"], silent5: ["openai", "google"], silent8: ["openai", "answers"],
  cut0: ["openai", "claude"], cut2: ["openai", "google"], cut7: ["openai", "answers"], bad: ["openai", "claude"], busy: ["google", "answers"],
  stopped: ["google", "answers"], killed: ["google", "answers"], revoked: ["claude", "backup"], revoked2: ["claude", "backup"], revoked3: ["claude"],
  own: ["claude", "backup"],
  long: ["openai"],
};
const contextTokens = { long: 1_070 };
for (const [name, names] of Object.entries(models)) {
  const routes = names.map((provider) => ({ provider, model: `${provider}-for-${name}` }));
  await ann.expect(200, "PUT", `/api/admin/models/${name}`, { json: { abilities: { reasoning: true, contextTokens: contextTokens[name] }, routes } });
}

const api = await rig.guest();

/** Sends a script to the model of its name and waits for the end; what must hold whatever happened is checked. */
async function play(turn, script, { tokens = 9, whole = true } = {}) {
  const { id } = await api.create({ model: turn });
  const tab = rig.tab(api, id, { name: turn });
  const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=${tokens} delay=2 ${script}`);
  const ended = await tab.untilEnded(turnId, 25_000);
  await assertSound(api, id, { sent: [{ turn, tokens, message, turnId }], tabs: [tab], whole });
  const reply = await api.message(id, turnId);
  await tab.close();
  const log = await api.log(id);
  const seams = log.map(({ event }) => event).filter(({ type }) => type === "turn.rerouted");
  return { id, turnId, reply, ended, seams, log, asked: [...rig.upstream.of(turn), ...other.of(turn)] };
}

test("the list is for everybody, and says what a model can do", async () => {
  const { models: list, defaultModel } = await api.expect(200, "GET", "/api/models");
  assert.equal(defaultModel, "test-model");
  assert.equal(list.find(({ name }) => name === "revoked").abilities.reasoning, true);
  assert.ok(list.some(({ name }) => name === "test-model"));
  assert.doesNotMatch(JSON.stringify(list), /k-claude|127\.0\.0\.1/);
});

describe("each format", { concurrency: true }, () => {
  for (const [wire, header, key] of [["anthropic", "x-api-key", "k-claude"], ["gemini", "x-goog-api-key", "k-google"], ["responses", "authorization", "Bearer k-answers"]]) {
    test(`${wire}: thoughts, then the answer, whatever the pieces`, async () => {
      const { reply, ended, log, asked } = await play(`w-${wire}`, "think=3 fault=bytes");
      assert.deepEqual(reply.parts, [{ type: "reasoning", text: "thought 0 é thought 1 é thought 2 é " }, { type: "text", text: answer(`w-${wire}`, 9) }]);
      const kinds = log.map(({ event }) => event.type).filter((type) => type.startsWith("message.") && type !== "message.created");
      assert.equal(kinds.lastIndexOf("message.reasoning") < kinds.indexOf("message.delta"), true, kinds.join());
      assert.deepEqual([ended.usage.inputTokens, ended.usage.outputTokens], [7, 9]);
      assert.deepEqual(asked.map((each) => [each.wire.name, each.headers[header]]), [[wire, key]]);
    });
    test(`${wire}: a cut is gone on from`, async () => {
      const { reply, asked } = await play(`c-${wire}`, "fault=cut@5 times=1");
      assert.equal(reply.content, answer(`c-${wire}`, 9));
      assert.equal(asked.length, 2);
    });
  }
});

describe("routing", { concurrency: true }, () => {
  test("a provider in trouble is left before the first token", async () => {
    const { seams, asked, reply } = await play("before", "fault=500 on=chat");
    assert.deepEqual(seams.map(({ provider, model: named, reason, at }) => [provider, named, reason, at]), [["claude", "claude-for-before", "overloaded", 0]]);
    assert.deepEqual(asked.map((each) => each.wire.name), ["chat", "chat", "anthropic"], "once more where it may pass, then elsewhere");
    assert.equal(reply.status, "completed");
  });

  test("one that is silent in the middle is left, and the next goes on at that very token", async () => {
    for (const k of [1, 5, 8]) {
      const { seams, asked } = await play(`silent${k}`, `fault=stall@${k} on=chat`);
      assert.deepEqual(seams.map(({ provider, reason, at }) => [provider, reason, at]), [[models[`silent${k}`][1], "silent", answer(`silent${k}`, k).length]]);
      assert.deepEqual(asked.map((each) => each.partial), ["", answer(`silent${k}`, k)]);
    }
  });

  test("a connection that breaks again and again is left, wherever it breaks", async () => {
    await Promise.all([0, 2, 7].map(async (k) => {
      const { seams } = await play(`cut${k}`, `fault=eof@${k} on=chat`);
      assert.equal(seams.length, 1);
      assert.equal(seams[0].reason, "cut");
    }));
  });

  test("a bad request is asked nowhere else", async () => {
    const { reply, asked, seams } = await play("bad", "fault=400 on=chat", { whole: false });
    assert.deepEqual([reply.status, asked.length, seams.length], ["failed", 1, 0]);
  });

  test("a long wait is not waited for where there is another", async () => {
    const { seams } = await play("busy", "fault=429@20 on=gemini");
    assert.deepEqual(seams.map(({ reason, provider }) => [reason, provider]), [["rate-limited", "answers"]]);
  });

  test("a stop in the middle of the second provider's words ends both", async () => {
    const { id } = await api.create({ model: "stopped" });
    const tab = rig.tab(api, id);
    const { message, turn: { id: turnId } } = await api.send(id, "turn=stopped tokens=4000 delay=10 fault=stall@3 on=gemini");
    await until("the second provider to speak", () => other.of("stopped").some(({ wire, tokens }) => wire.name === "responses" && tokens > 5), 10_000);
    assert.equal((await api.stop(id)).status, 202);
    assert.equal((await tab.untilEnded(turnId, 10_000)).status, "stopped");
    await assertSound(api, id, { sent: [{ turn: "stopped", tokens: 4_000, message, turnId }], tabs: [tab], whole: false });
    await until("both connections to be closed", () => other.of("stopped").every(({ endedAt }) => endedAt), 5_000);
  });
});

test("killed while the second provider speaks: it goes on with that one", async () => {
  const { id } = await api.create({ model: "killed" });
  const tab = rig.tab(api, id);
  const { message, turn: { id: turnId } } = await api.send(id, "turn=killed tokens=200 delay=10 fault=stall@3 on=gemini");
  await until("the second provider to speak", () => other.of("killed").some(({ wire, tokens }) => wire.name === "responses" && tokens > 20), 10_000);
  await rig.kill();
  await rig.restart();
  assert.equal((await tab.untilEnded(turnId, 40_000)).status, "completed");
  await assertSound(api, id, { sent: [{ turn: "killed", tokens: 200, message, turnId }], tabs: [tab], whole: true });
  assert.deepEqual(other.of("killed").map(({ wire }) => wire.name).slice(1), ["responses", "responses"], "the one that was left is not asked again");
});

test("a key of one's own is used, costs nothing, and its refusal is its owner's to hear", async () => {
  const own = "sk-of-my-own-7890";
  const path = "/api/users/me/provider-keys/claude";
  const mine = await ann.expect(200, "PUT", path, { json: { key: own } });
  assert.deepEqual([mine.lastFour, mine.refusedAt], ["7890", null]);
  const ask = async (turn, script = "") => {
    const { id } = await ann.create({ model: "own" });
    const { turn: { id: turnId } } = await ann.send(id, `turn=${turn} tokens=4 delay=1 ${script}`);
    const reply = await until("the answer to end", async () => {
      const message = await ann.message(id, turnId);
      return ["completed", "failed"].includes(message.status) && message;
    }, 10_000);
    return { reply, keys: other.of(turn).map(({ headers }) => headers["x-api-key"]) };
  };
  const paid = await ask("own1");
  assert.deepEqual([paid.reply.status, paid.keys], ["completed", [own]]);
  const line = await until("the line of the ledger", async () => (await ann.expect(200, "GET", "/api/usage")).entries.find(({ model }) => model === "own"), 10_000);
  assert.deepEqual([line.ownKey, line.costMicroUsd, line.priced, line.outputTokens], [true, 0, true, 4]);
  const refused = await ask("own2", "fault=401 on=anthropic");
  assert.deepEqual([refused.reply.status, refused.keys], ["failed", [own]], "nobody else is asked at our expense");
  assert.match(refused.reply.error, /claude does not accept your own key/);
  await until("the key to be marked", async () => (await ann.expect(200, "GET", path)).refusedAt, 5_000);
  // The others' circuit is closed: somebody without a key is answered with ours.
  const { asked } = await play("own", "");
  assert.deepEqual(asked.map(({ headers }) => headers["x-api-key"]), ["k-claude"]);
  await ask("own3");
  await until("the mark to go with a word", async () => (await ann.expect(200, "GET", path)).refusedAt === null, 5_000);
  assert.equal((await ann.call("DELETE", path)).status, 204);
  assert.deepEqual((await ask("own4")).keys, ["k-claude"]);
  assert.doesNotMatch(rig.server.log(), /sk-of-my-own/);
});

test("a refused key is told to administrators once, and the provider is passed over", async () => {
  const first = await play("revoked", "fault=401 on=anthropic");
  assert.deepEqual(first.seams.map(({ reason }) => reason), ["key-refused"]);
  const letters = async () => (await ann.expect(200, "GET", "/api/dev/mailbox")).letters.filter(({ subject }) => /refuses our key/.test(subject));
  await until("the letter", async () => (await letters()).length > 0, 5_000);
  const second = await play("revoked2", "fault=401 on=anthropic");
  assert.deepEqual(second.asked.map(({ wire }) => wire.name), ["chat"], "its circuit is open");
  const alone = await play("revoked3", "fault=401 on=anthropic", { whole: false });
  assert.equal(alone.reply.status, "failed", "without another it is asked, and fails");
  const { entries } = await ann.expect(200, "GET", "/api/admin/audit?target=claude");
  assert.deepEqual(entries.map(({ action, actor }) => [action, actor]), [["provider.key-refused", "system"]]);
  assert.equal((await letters()).length, 1);
  assert.doesNotMatch(JSON.stringify(await letters()), /k-claude/);
});

test("a conversation that has grown long is summarised once, and goes on from the summary", async () => {
  const { id } = await api.create({ model: "long" });
  const tab = rig.tab(api, id);
  const turns = [];
  for (const n of [0, 1, 2, 3]) {
    const { turn: { id: turnId } } = await api.send(id, `${"word ".repeat(300)} turn=long${n} tokens=5 delay=1`);
    turns.push({ turnId, ended: await tab.untilEnded(turnId, 20_000) });
  }
  const compacted = (await api.log(id)).map(({ event }) => event).filter(({ type }) => type === "context.compacted");
  assert.deepEqual(compacted.map(({ messageId, summary }) => [messageId, summary]), [[turns[1].turnId, answer("long1", 5).trim()]]);
  assert.ok(compacted[0].tokensAfter < compacted[0].tokensBefore);
  assert.deepEqual(tab.seen.map(({ event }) => event).filter(({ type }) => type === "context.compacted"), compacted);
  // What the summary took is its turn's.
  assert.deepEqual(turns.map(({ ended }) => [ended.usage.inputTokens, ended.usage.outputTokens]), [[7, 5], [7, 5], [14, 10], [7, 5]]);
  for (const n of [2, 3]) {
    const sent = JSON.stringify(rig.upstream.of(`long${n}`).at(-1).body);
    assert.match(sent, /a summary of the earlier part of this conversation/);
    assert.doesNotMatch(sent, /turn=long[01]/);
  }
  await tab.close();
});

test("no prompt has held a secret of the deployment or of a person", () => {
  const secrets = [...Object.values(hidden), secret, "k-google", "k-answers", "k-backup", "test-key", "sk-of-my-own", "correct horse", ann.token, api.token];
  const prompts = [...rig.upstream.requests, ...other.requests].map(({ body, path }) => path + JSON.stringify(body));
  assert.ok(prompts.length > 30);
  for (const prompt of prompts) for (const each of secrets) assert.ok(!prompt.includes(each), `${each} is in ${prompt}`);
});

test("no model was asked to go on from what was never said", async () => {
  assert.deepEqual([...rig.upstream.anomalies, ...other.anomalies], []);
  await other.close();
});
