// The server is frozen for longer than it lets a model be silent, and thawed: one answer, whole, nothing twice (F-02).
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound } from "../support/audit.mjs";
import { membersOf } from "../support/process.mjs";
import { Rig } from "../support/rig.mjs";
import { sleep } from "../support/wait.mjs";

const rig = await Rig.start("freeze", { FIRST_BYTE_TIMEOUT_MS: "1500", IDLE_TIMEOUT_MS: "1500", CHAT_TIMEOUT_MS: "60000" });

test("frozen and thawed in the middle of answers", { timeout: 90_000 }, async () => {
  const api = await rig.guest();
  const streams = await Promise.all(Array.from({ length: 4 }, async (_, n) => {
    const { id } = await api.create();
    const tab = rig.tab(api, id, { name: `tab ${n}` });
    await tab.untilSeq(1);
    const turn = `ice${n}`;
    const { message, turn: { id: turnId } } = await api.send(id, `turn=${turn} tokens=150 delay=20`);
    return { id, tab, sent: [{ turn, tokens: 150, message, turnId }] };
  }));
  for (let time = 0; time < 2; time++) {
    await sleep(500);
    for (const pid of membersOf(rig.server.pid)) process.kill(pid, "SIGSTOP");
    await sleep(2_500);
    for (const pid of membersOf(rig.server.pid)) process.kill(pid, "SIGCONT");
  }
  for (const { tab, sent } of streams) await tab.untilEnded(sent[0].turnId, 30_000);
  for (const { id, tab, sent } of streams) await assertSound(api, id, { sent, tabs: [tab] });
  assert.deepEqual(rig.upstream.anomalies, []);
});
