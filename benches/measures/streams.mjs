// Streams at 50 tokens a second: how late each token arrives, what it costs, and how many streams one workerd carries.
import { each } from "../../tests/support/wait.mjs";
import { now, sleep, tokens } from "../support/clock.mjs";
import { quantile } from "../support/stats.mjs";
import { cpuMs } from "../support/workerd.mjs";

const EVERY_MS = 20;
const WARM_MS = 1_000;
const DRAIN_MS = 25_000;
const LATE_MS = 50;

/** Runs `count` streams and looks at a window of `seconds`. Lag counts every token said in the window, cost those that came in it. */
export async function stream(side, { count, seconds }) {
  const total = Math.ceil((seconds * 1_000 + WARM_MS + 300) / EVERY_MS);
  const conversations = await each(Array.from({ length: count }), 8, () => side.open());
  const lags = [];
  let [came, inWindow, from, to] = [0, 0, Infinity, Infinity];
  const hear = (text) => {
    const time = now();
    tokens(text, (saidAt) => {
      came += 1;
      if (time >= from && time < to) inWindow += 1;
      if (saidAt >= from && saidAt < to) lags.push(time - saidAt);
    });
  };
  const asks = Promise.allSettled(conversations.map((conversation) => conversation.ask(`tokens=${total} delay=${EVERY_MS}`, hear)));
  await sleep(WARM_MS);
  const cpu = cpuMs(side.pid);
  from = now();
  await sleep(seconds * 1_000);
  to = now();
  const spent = cpuMs(side.pid) - cpu;
  const ended = await Promise.race([asks, sleep(DRAIN_MS)]);
  for (const conversation of conversations) conversation.close();
  const failed = ended?.find(({ status }) => status === "rejected");
  if (failed) throw new Error(`${side.name}, ${count} streams: ${failed.reason.message}`);
  const said = (to - from) / EVERY_MS * count;
  return {
    cpuPerToken: (spent * 1_000) / inWindow,
    busy: spent / (to - from),
    p50: quantile(lags, 0.5),
    p99: ended ? quantile(lags, 0.99) : Math.max(quantile(lags, 0.99), DRAIN_MS),
    missing: count * total - came,
    throughput: inWindow / said,
  };
}

/** The largest of `steps` at which p99 of the lag stays within 50 ms; a step gets a second chance, for a shared machine. */
export async function capacity(side, { steps, seconds }) {
  const tried = [];
  for (const count of steps) {
    let result = await stream(side, { count, seconds });
    if (!(result.p99 <= LATE_MS)) result = await stream(side, { count, seconds });
    tried.push({ count, p99: result.p99, busy: result.busy });
    if (!(result.p99 <= LATE_MS && result.missing === 0)) break;
  }
  const carried = tried.filter(({ p99 }) => p99 <= LATE_MS).map(({ count }) => count);
  return { streams: Math.max(0, ...carried), atLimit: carried.at(-1) === steps.at(-1), tried };
}
