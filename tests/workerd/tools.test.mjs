// Tools and SIGKILL: a call has one effect whenever the process dies, and one that waits for a person outlives it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { at } from "../support/api.mjs";
import { assertSound } from "../support/audit.mjs";
import { Rig } from "../support/rig.mjs";
import { calling } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("tools", { BOOTSTRAP_SECRET, TOOLS_ASK_FIRST: "clock" });
await offerTools(rig);
const TOKENS = 20;

/** Kills everything when the log says `moment`, and starts it again. */
async function dieAt(moment, turn, calls) {
  const api = await rig.guest();
  const { id } = await api.create();
  const tab = rig.tab(api, id, { name: turn });
  const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=${TOKENS} delay=5 ${calls}`);
  const { event } = await until(moment, () => tab.seen.find(({ event: { type } }) => type === moment));
  await rig.kill();
  await rig.restart();
  const ended = async () => {
    await tab.untilEnded(turnId, 40_000);
    await assertSound(api, id, { sent: [{ turn, tokens: TOKENS, message, turnId }], tabs: [tab] });
    const log = await api.log(id);
    assert.equal(log.filter(({ event: { type } }) => type === "tool.finished").length, 1, moment);
  };
  return { api, id, event, ended };
}

test("an artifact is written once, whenever the process dies", async () => {
  const calls = calling({ name: "artifact_create", input: { title: "Notes", kind: "text", content: "one" } });
  for (const moment of ["turn.created", "tool.called", "tool.finished", "message.delta"]) {
    const { api, id, ended } = await dieAt(moment, moment.replace(".", "-"), calls);
    await ended();
    const { artifacts } = await api.expect(200, "GET", `/api/artifacts?conversationId=${id}`);
    assert.deepEqual(artifacts.map(({ title, version }) => [title, version]), [["Notes", 1]], moment);
  }
});

test("a call that waits for a person waits through a kill", async () => {
  const { api, id, event, ended } = await dieAt("approval.requested", "asked", calling({ name: "clock", input: {} }));
  const asked = `${at(id)}/approvals/${event.toolCallId}`;
  await api.expect(200, "POST", asked, { json: { approved: true } });
  await ended();
  await api.expect(200, "POST", asked, { json: { approved: true } });
});
