// What an idle conversation keeps in memory while its socket stays open.
import { memoryOf } from "../../tests/support/process.mjs";
import { each } from "../../tests/support/wait.mjs";
import { sleep } from "../support/clock.mjs";

const SETTLE_MS = 12_000; // the runtime puts an object to sleep after 10 s
const WARM = 100; // compiled code and caches are no conversation's

const open = (side, count) =>
  each(Array.from({ length: count }), 4, async () => {
    const conversation = await side.open();
    await conversation.ask("tokens=3 delay=1", () => {});
    return conversation;
  });

/** Growth of the resident memory in KB for each of `count` conversations with one turn, by side. */
export async function idle(sides, count) {
  const measured = [];
  for (const side of sides) {
    const warm = await open(side, WARM);
    const before = await memoryOf(side);
    measured.push({ side, before, conversations: [...warm, ...(await open(side, count))], atOnce: await memoryOf(side) });
  }
  await sleep(SETTLE_MS);
  const result = {};
  for (const { side, before, atOnce, conversations } of measured) {
    result[side.name] = { idle: ((await memoryOf(side)) - before) / 1_024 / count, atOnce: (atOnce - before) / 1_024 / count };
    for (const conversation of conversations) conversation.close();
  }
  return result;
}
