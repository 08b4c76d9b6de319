// One stream alone: how soon its first token comes compared with asking the model directly, and how fast it can pour.
import { now } from "../support/clock.mjs";
import { post } from "../support/line.mjs";
import { median } from "../support/stats.mjs";

const TURNS = 5; // of one conversation: history is read, and stays small
const SCRIPT = "tokens=2 delay=1";

const sample = async (ask) => {
  const from = now();
  let first = NaN;
  await ask((text) => {
    if (Number.isNaN(first) && text.includes("@")) first = now() - from;
  });
  return first;
};

/** Median milliseconds to the first token of `count` turns, one after the other. */
export async function firstToken(side, count) {
  const samples = [];
  while (samples.length < count) {
    const conversation = await side.open();
    for (let turn = 0; turn < TURNS; turn++) samples.push(await sample((hear) => conversation.ask(SCRIPT, hear)));
    conversation.close();
  }
  return median(samples);
}

/** The same, straight from the model. */
export async function firstTokenDirect(upstream, count) {
  const samples = [];
  const body = { model: "bench", stream: true, messages: [{ role: "user", content: SCRIPT }] };
  while (samples.length < count) samples.push(await sample((hear) => post(`${upstream}/chat/completions`, {}, body, hear)));
  return median(samples);
}

/** Tokens a second of one stream that nobody slows down. */
export async function burst(side) {
  const conversation = await side.open();
  let [bytes, first, last] = [0, 0, 0];
  await conversation.ask(`tokens=${side.burst} delay=0`, (text) => {
    last = now();
    first ||= last;
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) bytes += 1;
  });
  conversation.close();
  if (bytes !== side.burst) throw new Error(`${side.name}: ${bytes} of ${side.burst} tokens came`);
  return (bytes / (last - first)) * 1_000;
}
