// At least 50 random SIGKILLs of the whole server under 20 conversations with 2 tabs each lose, repeat and invent nothing (F-01).
import assert from "node:assert/strict";
import { test } from "node:test";
import { killLoop } from "../support/killing.mjs";
import { Rig } from "../support/rig.mjs";
import { seed } from "../support/seed.mjs";

const rig = await Rig.start("kill", { CHAT_TIMEOUT_MS: "600000" });

test("the kill loop", { timeout: 600_000 }, async () => {
  const { summary, faults } = await killLoop(rig, { seed, kills: Number(process.env.KILLS ?? 50), streams: Number(process.env.STREAMS ?? 20) });
  console.log(JSON.stringify(summary));
  assert.deepEqual(faults, [], `SEED=${seed}`);
  assert.ok(summary.interrupted >= summary.kills / 2, `only ${summary.interrupted} turns were interrupted: the kills hit nothing`);
});
