// `npm run bench`: Edgewise beside agents, Hono + D1 and bare floors, interleaved in one run.
//
// BENCH_QUICK=1: 2 to 3 minutes. BENCH_ROUNDS=4: rounds. BENCH_SIDES=edgewise,floor: only these. BENCH_ONLY=stream,burst:
// only these measures. STREAM_BATCH_MS=20: for Edgewise and for the JS object. The figures go to benches/results/latest.json.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { judge } from "./goals.mjs";
import { hop } from "./measures/decision.mjs";
import { fill, read } from "./measures/history.mjs";
import { idle } from "./measures/memory.mjs";
import { burst, firstToken, firstTokenDirect } from "./measures/single.mjs";
import { capacity, stream } from "./measures/streams.mjs";
import { refusals } from "./measures/sign-in.mjs";
import { names, startSide } from "./sides.mjs";
import { watchMachine } from "./support/machine.mjs";
import { summary } from "./support/stats.mjs";
import { printFigures, printGoals } from "./table.mjs";

const quick = process.env.BENCH_QUICK === "1";
const list = (name, all) => (process.env[name] ? process.env[name].split(",") : all);
const plan = {
  rounds: Number(process.env.BENCH_ROUNDS) || (quick ? 1 : 4),
  seconds: quick ? 3 : 4,
  samples: quick ? 20 : 50,
  conversations: quick ? 100 : 200,
  steps: quick ? [1, 5, 10, 25, 50, 100, 200, 400] : [1, 5, 10, 15, 25, 50, 75, 100, 150, 200, 300, 400],
  only: list("BENCH_ONLY", ["memory", "stream", "first", "burst", "history", "decision", "sign-in", "capacity"]),
};

/** Every value that was measured: `samples[side][figure]` is a list. */
const samples = {};
const note = (side, figure, value) => ((samples[side.name] ??= {})[figure] ??= []).push(value);
const say = (text) => console.log(`  ${text}`);
const wanted = (measure) => plan.only.includes(measure);

async function round(sides, upstream) {
  for (const side of sides) {
    if (wanted("stream")) {
      const result = await stream(side, { count: 50, seconds: plan.seconds });
      for (const figure of ["cpuPerToken", "p50", "p99", "throughput"]) note(side, figure, result[figure]);
      say(`${side.title}: ${result.cpuPerToken.toFixed(0)} µs for each token, p99 lag ${result.p99.toFixed(1)} ms`);
      if (result.missing) say(`${side.title}: ${result.missing} tokens did not come`);
    }
    if (wanted("first")) {
      const count = Math.ceil(plan.samples / plan.rounds);
      const direct = await firstTokenDirect(upstream, count);
      note(side, "firstToken", (await firstToken(side, count)) - direct);
    }
    if (wanted("burst")) note(side, "burst", await burst(side));
  }
}

async function histories(sides) {
  const pages = new Map();
  for (const side of sides) pages.set(side, await fill(side));
  for (let turn = 0; turn < Math.min(plan.rounds, 2); turn++) {
    for (const side of sides) {
      const { perSecond, cpuPerRequest } = await read(side, pages.get(side), quick ? 2 : 3);
      note(side, "history", perSecond);
      note(side, "historyCpu", cpuPerRequest);
    }
  }
}

/** The hop to the account, limits on, beside the hop to a bare object. */
async function decisions(sides, upstream) {
  const floor = sides.find(({ name }) => name === "floor");
  const own = sides.find(({ name }) => name === "edgewise");
  if (!floor || !own) return;
  const limited = await startSide("limited", { upstream, shelf });
  for (let turn = 0; turn < Math.max(2, plan.rounds); turn++) {
    note(own, "hop", await hop(limited, plan.seconds / 2));
    note(floor, "hop", await hop(floor, plan.seconds / 2));
  }
  await limited.kill();
}

/** Whether the time of a refusal tells who has an account. */
async function signIns(sides) {
  const own = sides.find(({ name }) => name === "edgewise");
  if (!own) return;
  const { known, unknown } = await refusals(own, plan.samples);
  known.forEach((ms) => note(own, "signInKnown", ms));
  unknown.forEach((ms) => note(own, "signInUnknown", ms));
}

async function measure(sides, upstream) {
  const chats = sides.filter(({ open }) => open);
  if (wanted("memory")) {
    say(`memory: ${plan.conversations} conversations on each side`);
    const kept = await idle(chats, plan.conversations);
    for (const side of chats) note(side, "memory", kept[side.name].idle);
  }
  for (let turn = 1; turn <= plan.rounds; turn++) {
    say(`round ${turn} of ${plan.rounds}`);
    await round(chats, upstream);
  }
  if (wanted("history")) await histories(sides);
  if (wanted("decision")) await decisions(sides, upstream);
  if (wanted("sign-in")) await signIns(sides);
  const limits = new Map();
  for (const side of wanted("capacity") ? chats : []) {
    const found = await capacity(side, { steps: plan.steps, seconds: 2.5 });
    limits.set(side.name, found.atLimit);
    note(side, "streams", found.streams);
    say(`${side.title}: ${found.tried.map(({ count, p99 }) => `${count} streams ${p99.toFixed(0)} ms`).join(", ")}`);
  }
  return Object.fromEntries(sides.map(({ name }) => [
    name,
    Object.fromEntries(Object.entries(samples[name] ?? {}).map(([figure, values]) => [figure, { ...summary(values), ...(figure === "streams" && { atLimit: limits.get(name) }) }])),
  ]));
}

// Wrangler's page of what is stored, inside the same workerd. Production has no such thing: no side runs with it.
process.env.X_LOCAL_EXPLORER = "false";

const started = new Date().toISOString();
const machine = watchMachine();
const shelf = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "edgewise-bench-")); // no side waits for a disk
const model = fork(join(import.meta.dirname, "upstream.mjs"));
const [{ url: upstream }] = await once(model, "message");
const sides = [];
try {
  for (const name of list("BENCH_SIDES", names)) sides.push(await startSide(name, { upstream, shelf }));
  const figures = await measure(sides, upstream);
  const judged = judge(figures);
  const load = machine();
  printFigures(sides, figures);
  printGoals(judged);
  console.log(`\nThe processors were ${(load.busy * 100).toFixed(0)} % busy; ${(load.waiting * 100).toFixed(0)} % of the time something waited for one.`);
  const results = join(import.meta.dirname, "results");
  mkdirSync(results, { recursive: true });
  const report = { started, ended: new Date().toISOString(), cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version, load, plan, batchMs: process.env.STREAM_BATCH_MS ?? "40", figures, samples, goals: judged };
  writeFileSync(join(results, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await Promise.all(sides.map((side) => side.kill()));
  model.disconnect();
  rmSync(shelf, { recursive: true, force: true, maxRetries: 5 });
}
