// `npm run torture`: the kill loop with 1,000 kills and 50 conversations. KILLS, STREAMS, TABS and SEED change it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { killLoop } from "./support/killing.mjs";
import { Rig } from "./support/rig.mjs";
import { seed } from "./support/seed.mjs";

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const rig = await Rig.start("torture", { CHAT_TIMEOUT_MS: "600000" });

test("torture", async () => {
  const { summary, faults } = await killLoop(rig, { seed, kills: number("KILLS", 1_000), streams: number("STREAMS", 50), tabs: number("TABS", 2) });
  console.log(JSON.stringify(summary, null, 2));
  assert.deepEqual(faults, [], `SEED=${seed}`);
});
