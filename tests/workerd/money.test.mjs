// Nobody spends more than they may, however many answers stream at once; and the ledger has each turn once, as the vendor counted it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "../support/rig.mjs";
import { each, until } from "../support/wait.mjs";

/** Micro-USD for a token of either kind. */
const [INPUT, OUTPUT] = [10, 100];
const PRICES = JSON.stringify({ "test-model": { inputMicroUsd: INPUT * 1e6, outputMicroUsd: OUTPUT * 1e6 } });
const USD = 1_000_000;
/** What is held at a time: 256 tokens of output. */
const CHUNK = 256 * OUTPUT;
const PROMPT_TOKENS = 7;
const ended = ({ status }) => ["completed", "failed", "stopped"].includes(status);

/** What the vendor would charge for what it has said. */
const charged = (requests) => requests.reduce((sum, { tokens }) => sum + PROMPT_TOKENS * INPUT + tokens * OUTPUT, 0);

async function lines(api) {
  const all = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await api.expect(200, "GET", `/api/usage?limit=1000&cursor=${encodeURIComponent(cursor)}`);
    all.push(...page.entries);
    cursor = page.nextCursor;
  }
  return all;
}

test("200 answers at once spend no more than 1 USD and one chunk each, and end with a sentence", async () => {
  const limits = JSON.stringify({ free: { totalMicroUsd: USD } });
  const rig = await Rig.start("limit", { MODEL_PRICES: PRICES, SPEND_LIMITS_BY_PLAN: limits });
  const api = await rig.guest();
  const ids = await each(Array.from({ length: 200 }), 20, async () => (await api.create()).id);
  // Without the limit they would spend about 4 USD.
  const sent = await each(ids, 200, async (id, n) => {
    const json = { content: `turn=n${n} tokens=200 delay=20` };
    const answer = await api.call("POST", `/api/chat/conversations/${id}/messages`, { json });
    assert.ok([202, 402].includes(answer.status), `${answer.status} ${answer.text}`);
    return answer.status === 202 ? { id, turn: answer.body.turn.id } : null;
  });
  const taken = sent.filter(Boolean);
  assert.ok(taken.length >= 10, `${taken.length} were let in`);
  const answers = await each(taken, 20, ({ id, turn }) => until("an answer to end", async () => {
    const message = await api.message(id, turn);
    return ended(message) && message;
  }, 120_000, 500));
  const cut = answers.filter(({ error }) => error?.startsWith("The spending limit was reached"));
  assert.ok(cut.length > 0, "none was cut");
  assert.ok(answers.every(({ status, error }) => status === "completed" || error?.startsWith("The spending limit")), JSON.stringify(answers.find(({ status, error }) => status !== "completed" && !error)));
  assert.ok(cut.some(({ content }) => content.length > 0), "what was said is kept");
  const spent = charged(rig.upstream.requests);
  console.log(`${taken.length} let in, ${cut.length} cut, ${spent} micro-USD by the vendor's count`);
  assert.ok(spent <= USD + taken.length * CHUNK, `${spent} micro-USD`);
  const all = await until("the ledger to have every turn that said something", async () => {
    const found = await lines(api);
    return found.length >= answers.filter(({ content }) => content).length && found;
  }, 60_000, 500);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  const billed = all.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  console.log(`${all.length} lines of the ledger, ${billed} micro-USD`);
  assert.ok(billed <= USD + taken.length * CHUNK, `${billed} micro-USD billed`);
  assert.deepEqual(rig.upstream.anomalies, []);
});

test("the ledger has each turn once, as the vendor counted it, through failures, stops and kills", async () => {
  const rig = await Rig.start("ledger", { MODEL_PRICES: PRICES, SPEND_LIMITS_BY_PLAN: JSON.stringify({ free: { totalMicroUsd: 1_000 * USD } }) });
  const api = await rig.guest();
  const ids = await each(Array.from({ length: 12 }), 6, async () => (await api.create()).id);
  const kinds = ["tokens=30 delay=5", "tokens=3 delay=0", "tokens=30 delay=5 fault=cut@9 times=1", "tokens=20 delay=3 fault=400", "tokens=200 delay=20 stop", "tokens=30 delay=3 fault=eof@4 times=2"];
  const sent = [];
  let killed = 0;
  for (let round = 0; round < 6; round++) {
    const turns = await each(ids, 12, async (id, n) => {
      const name = `r${round}n${n}`;
      const kind = kinds[(round + n) % kinds.length];
      const { turn } = await api.send(id, `turn=${name} ${kind}`);
      if (kind.endsWith("stop")) await until("some words", async () => (await api.message(id, turn.id))?.content, 20_000, 100).then(() => api.stop(id));
      return { id, name, turn: turn.id };
    });
    sent.push(...turns);
    if (round % 2) {
      await rig.kill();
      killed += 1;
      await rig.restart();
    }
    await each(turns, 6, ({ id, turn }) => until("the turn to end", async () => ended(await api.message(id, turn)), 60_000, 250));
  }
  const messages = new Map();
  for (const { id } of ids.map((id) => ({ id }))) for (const message of await api.messages(id)) messages.set(message.id, message);
  const used = sent.filter(({ turn }) => messages.get(turn).usage);
  const all = await until("the ledger to have them all", async () => {
    const found = await lines(api);
    return found.length >= used.length && found;
  }, 90_000, 1_000);
  const byMessage = new Map(all.map((line) => [line.messageId, line]));
  assert.equal(byMessage.size, all.length, "a turn is there twice");
  assert.equal(all.length, used.length);
  let exact = 0;
  for (const { name, turn } of used) {
    const line = byMessage.get(turn);
    const requests = rig.upstream.of(name);
    assert.equal(line.costMicroUsd, messages.get(turn).usage.costMicroUsd, "a message tells what the ledger has");
    assert.equal(line.costMicroUsd, line.inputTokens * INPUT + line.outputTokens * OUTPUT);
    if (requests.length === 1 && messages.get(turn).status === "completed") {
      exact += 1;
      assert.equal(line.costMicroUsd, charged(requests), name);
    } else if (messages.get(turn).status === "completed") {
      // What a broken attempt had said is supposed from its bytes, which are more than four for each of these tokens.
      assert.ok(line.outputTokens >= requests.at(-1).tokens, `${name}: ${line.outputTokens}`);
    }
  }
  const { spent, heldMicroUsd } = await until("what was held to come back", async () => {
    const standing = await standingOf(rig, api);
    return standing.heldMicroUsd === 0 && standing;
  }, 200_000, 1_000);
  assert.equal(heldMicroUsd, 0);
  assert.equal(spent, all.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0), "the account was told of each turn once");
  console.log(`${sent.length} turns, ${killed} kills, ${all.length} lines, ${exact} of them exactly the vendor's, ${spent} micro-USD`);
});

/** What the account's object has counted and holds, read from its rows with the server down. */
async function standingOf(rig, api) {
  const { rowsOfAccount } = await import("../support/objects.mjs");
  await rig.kill();
  const rows = rowsOfAccount(rig.state.path, `user:${api.user.id}`);
  await rig.restart();
  const purse = rows.find(({ kind }) => kind === "purse");
  const leases = rows.filter(({ kind }) => kind === "lease").map(({ value }) => JSON.parse(value));
  return { spent: purse ? JSON.parse(purse.value).spent.total : 0, heldMicroUsd: leases.reduce((sum, { heldMicroUsd }) => sum + heldMicroUsd, 0) };
}
