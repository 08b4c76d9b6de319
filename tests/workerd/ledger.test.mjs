// The ledger beside the vendors' own count: many turns of every format, with failures, retries, stops and kills.
//
// Where every attempt of a turn was counted by its vendor, the ledger is that count to the token. An attempt that broke
// off before its vendor counted is supposed from its bytes, four to a token, and compared with just that. What a stopped or
// killed attempt had said is known to its vendor alone: there the ledger lies between what it must have and what was sent.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Api } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { random } from "../support/script.mjs";
import { seed } from "../support/seed.mjs";
import { startUpstream } from "../support/upstream.mjs";
import { each, until } from "../support/wait.mjs";

const TURNS = Number(process.env.LEDGER_TURNS ?? 200);
/** Turns of one conversation: as many as may wait, and the one that runs. */
const QUEUE = 10;
const KILLS = 2;
const secret = "the secret of the first administrator";
const other = await startUpstream();
after(() => other.close());
const wires = { openai: "chat", claude: "anthropic", google: "gemini", answers: "responses" };
const providers = [["claude", "anthropic"], ["google", "gemini"], ["answers", "responses"]].map(([name, wire]) => ({ name, wire, baseUrl: other.url, keySecret: "OTHER_KEY" }));
const rig = await Rig.start("ledger", {
  BOOTSTRAP_SECRET: secret, MODEL_PROVIDERS: JSON.stringify(providers), OTHER_KEY: "k", FIRST_BYTE_TIMEOUT_MS: "20000", IDLE_TIMEOUT_MS: "20000", CHAT_TIMEOUT_MS: "120000",
});
const next = random(seed);
const pick = (list) => list[Math.floor(next() * list.length)];

const ann = new Api(rig.base);
Object.assign(ann, { token: (await ann.expect(201, "POST", "/api/auth/signup", { json: { email: "ann@example.org", password: "correct horse battery" } })).accessToken });
await ann.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });

/** Micro-USD for a token of input and of output, by the name that a provider knows its model by. */
const prices = new Map();
const chains = [["openai"], ["claude"], ["google"], ["answers"], ["openai", "claude"], ["claude", "google"], ["google", "answers"], ["answers", "openai"], ["openai", "google", "claude"]];
const models = [];
for (const [n, chain] of chains.entries()) {
  const routes = chain.map((provider, at) => {
    const [model, input, output] = [`${provider}-${n}`, 3 + n, 11 * (n + 1) + 100 * at];
    prices.set(model, [input, output]);
    return { provider, model, price: { inputMicroUsd: input * 1e6, outputMicroUsd: output * 1e6 } };
  });
  await ann.expect(200, "PUT", `/api/admin/models/m${n}`, { json: { abilities: { reasoning: true }, routes } });
  models.push({ name: `m${n}`, first: wires[chain[0]] });
}

/** What a turn is to go through; `end` is how it is to be compared. */
const kinds = [
  () => ({ script: "", end: "told" }),
  () => ({ script: "think=2", end: "told" }),
  () => ({ script: `fault=${pick(["eof", "half-event", "error"])}@${1 + Math.floor(next() * 5)} times=${pick([1, 2])} count=each`, end: "told" }),
  ({ first }) => ({ script: `fault=eof@${1 + Math.floor(next() * 5)} on=${first} count=each`, end: "told", endless: true }),
  () => ({ script: `fault=eof@${1 + Math.floor(next() * 5)} times=1`, end: "supposed" }),
  ({ first }) => ({ script: `fault=500 on=${first} times=2`, end: "told" }),
  () => ({ script: "fault=empty times=1", end: "supposed" }),
  () => ({ script: "fault=400", end: "told" }),
  () => ({ script: "count=each", end: "stopped", tokens: 4_000 }),
];

const asked = (turn) => [...rig.upstream.of(turn), ...other.of(turn)];
const bytesOf = (content) => (Array.isArray(content) ? content.reduce((sum, part) => sum + bytesOf(part.text), 0) : Buffer.byteLength(content ?? ""));
/** Bytes of the messages of a request. */
const promptBytes = ({ body }) => [...(body.messages ?? body.contents ?? body.input)].reduce((sum, { content, parts }) => sum + bytesOf(content ?? parts), 0);

/** The tokens that an attempt is to be in the ledger with. */
function tokensOf(request) {
  const { told, bytes, toldBytes } = request;
  if (told) return [told.input, told.output + Math.ceil((bytes - toldBytes) / 4)];
  return bytes > 0 ? [Math.ceil(promptBytes(request) / 4), Math.ceil(bytes / 4)] : [0, 0];
}

/** The same of a turn: tokens, and micro-USD at each attempt's own price. */
function expected(turn) {
  const total = { inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
  for (const request of asked(turn)) {
    const [input, output] = tokensOf(request);
    const model = request.body.model ?? decodeURIComponent(/models\/([^:]+):/.exec(request.path)[1]);
    const [inputPrice, outputPrice] = prices.get(model);
    total.inputTokens += input;
    total.outputTokens += output;
    total.costMicroUsd += input * inputPrice + output * outputPrice;
  }
  return total;
}

async function lines(api) {
  const all = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await api.expect(200, "GET", `/api/usage?limit=1000&cursor=${encodeURIComponent(cursor)}`);
    all.push(...page.entries);
    cursor = page.nextCursor;
  }
  return all;
}

/** Sends a conversation's turns at once, stops those that are to be stopped, and waits for the end of all. */
async function converse(api, c, count) {
  const model = models[c % models.length];
  const { id } = await api.create({ model: model.name });
  const turns = [];
  for (let n = 0; n < count; n++) {
    const name = `c${c}n${n}`;
    const { script, end, tokens = 3 + Math.floor(next() * 9) } = pick(kinds.filter((kind) => !kind(model).endless || chains[c % models.length].length > 1))(model);
    const { turn } = await api.send(id, `turn=${name} tokens=${tokens} delay=${tokens > 100 ? 5 : 0} ${script}`);
    turns.push({ name, id, turn: turn.id, end });
  }
  for (const { name, turn, end } of turns) {
    if (end !== "stopped") continue;
    await until(`words of ${name}`, async () => asked(name).some(({ tokens }) => tokens > 4) && (await api.message(id, turn)).content, 120_000, 100);
    await api.expect(202, "POST", `/api/chat/conversations/${id}/stop`, { json: { turnId: turn } });
  }
  let messages = [];
  await until(() => `the turns of c${c} to end: ${messages.map(({ status }) => status)}`, async () => {
    messages = (await api.messages(id)).filter(({ role }) => role === "assistant");
    return messages.length === count && messages.every(({ status }) => ["completed", "failed", "stopped"].includes(status));
  }, 120_000, 250);
  return turns.map((turn) => ({ ...turn, message: messages.find(({ id }) => id === turn.turn) }));
}

/** Two conversations whose answers are long enough to be killed in, with the server killed under them. */
async function killed(api) {
  const turns = [];
  for (let round = 0; round < KILLS; round++) {
    turns.push(...await each(models.map((model, m) => ({ ...model, m })), models.length, async ({ name: model, m }) => {
      const name = `k${round}m${m}`;
      const { id } = await api.create({ model });
      const { turn } = await api.send(id, `turn=${name} tokens=60 delay=40 ${m % 2 ? "count=each" : ""}`);
      return { name, id, turn: turn.id, end: "killed" };
    }));
    await until("words of each", () => turns.every(({ name }) => asked(name).some(({ tokens }) => tokens > 10)), 30_000, 20);
    await rig.kill();
    await rig.restart();
    await each(turns, 9, (turn) => until("the turn to end", async () => {
      turn.message = await api.message(turn.id, turn.turn);
      return turn.message.status === "completed";
    }, 60_000, 250));
  }
  return turns;
}

test(`the ledger of ${TURNS} mixed turns is the vendors' own count`, async () => {
  const api = await rig.guest();
  const startedAt = Date.now();
  const conversations = Array.from({ length: Math.ceil(TURNS / QUEUE) }, (_, c) => c);
  const calm = (await each(conversations, 25, (c) => converse(api, c, Math.min(QUEUE, TURNS - c * QUEUE)))).flat();
  const turns = [...calm, ...await killed(api)];
  const charged = turns.filter(({ message }) => message.usage);
  const all = await until("the ledger to have them all", async () => {
    const found = await lines(api);
    return found.length >= charged.length && found;
  }, 120_000, 1_000);
  const byMessage = new Map(all.map((line) => [line.messageId, line]));
  assert.equal(byMessage.size, all.length, "a turn is there twice");
  assert.deepEqual(all.map(({ messageId }) => messageId).filter((id) => !charged.some(({ turn }) => turn === id)), []);

  const seen = { told: 0, supposed: 0, within: 0, nothing: 0, tokens: 0, requests: 0, rerouted: 0 };
  for (const { name, turn, end, message } of turns) {
    const line = byMessage.get(turn) ?? { inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
    const { inputTokens, outputTokens, costMicroUsd } = line;
    const vendors = expected(name);
    const requests = asked(name);
    const shown = `SEED=${seed} ${name} (${end}, ${message.status}): ${JSON.stringify({ inputTokens, outputTokens, costMicroUsd })}, the vendors ${JSON.stringify(vendors)}, of ${requests.map(tokensOf).join(" and ")}`;
    assert.equal(message.usage?.costMicroUsd ?? 0, costMicroUsd, `a message tells what the ledger has. ${shown}`);
    seen.requests += requests.length;
    seen.rerouted += new Set(requests.map(({ wire }) => wire.name)).size > 1;
    if (end === "stopped" || end === "killed") {
      // Of an attempt that was ended from here, its vendor may have said more than arrived, and a count may have been under way.
      const whole = requests.filter(({ abortedAt, endedAt }) => endedAt && !abortedAt).map(tokensOf).reduce((sum, [, output]) => sum + output, 0);
      assert.ok(outputTokens >= whole && outputTokens > 0, shown);
      assert.ok(inputTokens <= vendors.inputTokens && outputTokens <= vendors.outputTokens + 16 * requests.length, shown);
      seen.within += 1;
      continue;
    }
    assert.deepEqual({ inputTokens, outputTokens, costMicroUsd }, vendors, shown);
    const isTold = requests.every(({ told, bytes, toldBytes }) => bytes === 0 || (told && bytes === toldBytes));
    seen[vendors.costMicroUsd === 0 ? "nothing" : isTold ? "told" : "supposed"] += 1;
    seen.tokens += outputTokens;
  }
  console.log(`${turns.length} turns, ${KILLS} kills, ${((Date.now() - startedAt) / 1_000).toFixed(1)} s: ${JSON.stringify(seen)}`);
  assert.ok(seen.told > TURNS / 3 && seen.supposed > 0 && seen.rerouted > 0, JSON.stringify(seen));
  assert.deepEqual([...rig.upstream.anomalies, ...other.anomalies], []);
});
