// A title and suggestions that a model makes beside the turn: asked once, paid for, on the log, and never over a person's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const prices = JSON.stringify({ "test-model": { inputMicroUsd: 1_000_000, outputMicroUsd: 1_000_000 } });
const rig = await Rig.start("annotations", { TITLE_MODEL: "", SUGGESTIONS_ENABLED: "true", MODEL_PRICES: prices });

/** The stand-in says the same to whoever shows it the question: what it answers is also what it makes of the answer. */
const REPLY = "# Trees of Europe\n- How old?\n- How tall?\n";
const says = (turn) => `turn=${turn} say=${Buffer.from(REPLY).toString("base64url")}`;
const requestsOf = (turn) => rig.upstream.requests.filter((request) => request.turn === turn);

test("the first answer names the conversation, and each has suggestions until somebody goes on", async () => {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id);
  const { turn } = await api.send(id, says("named"));
  const suggested = await until("the suggestions", () => tab.seen.find(({ event }) => event.type === "suggestions.created"));
  assert.deepEqual(suggested.event, { type: "suggestions.created", messageId: turn.id, suggestions: ["How old?", "How tall?"] });
  assert.equal(tab.seen.find(({ event }) => event.type === "conversation.updated").event.title, "Trees of Europe");
  assert.equal((await api.expect(200, "GET", at(id))).title, "Trees of Europe");
  assert.deepEqual((await api.message(id, turn.id)).suggestions, ["How old?", "How tall?"]);
  assert.equal(requestsOf("named").length, 2, "the answer, and one question beside it");
  const { entries } = await until("the ledger", async () => {
    const usage = await api.expect(200, "GET", "/api/usage?limit=10");
    return usage.entries.length === 2 ? usage : null;
  });
  assert.deepEqual(entries.map(({ kind }) => kind).sort(), ["annotation", "turn"]);
  assert.ok(entries.every(({ costMicroUsd }) => costMicroUsd > 0));

  await api.send(id, says("more"));
  assert.equal((await api.message(id, turn.id)).suggestions, undefined);
});

test("a title that a person gave stays", async () => {
  const api = await rig.guest();
  const { id } = await api.create({ title: "Mine" });
  const tab = rig.tab(api, id);
  await api.send(id, says("titled"));
  await until("the suggestions", () => tab.seen.find(({ event }) => event.type === "suggestions.created"));
  assert.equal((await api.expect(200, "GET", at(id))).title, "Mine");
});
