// `npm test`: sets up, then proves everything, cheap things first. `npm test -- rust web` runs some stages alone.
import "./setup/old-node.mjs";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildAll, buildWeb, setUp } from "./setup/build.mjs";
import { findChromium } from "./setup/chromium.mjs";
import { installPackages, node, nodeEnv, npm } from "./setup/node.mjs";
import { at } from "./setup/places.mjs";
import { Failure, main, run, say } from "./setup/steps.mjs";
import { checkLicences } from "./licences.mjs";

const show = { show: true };
const cargo = (...args) => run("cargo", args, show);
const has = (...command) => spawnSync(command[0], command.slice(1), { stdio: "ignore" }).status === 0;

/** Stages in their order: what they prove, and how. `needs` is what must be built before. */
const STAGES = {
  format: { what: "Rust is formatted", work: () => cargo("fmt", "--all", "--check") },
  lint: {
    what: "Clippy is content, natively and for wasm",
    async work() {
      await cargo("clippy", "--workspace", "--all-targets", "--", "-D", "warnings");
      // Testkit runs SQLite itself: it is native only.
      await cargo("clippy", "--workspace", "--exclude", "edgewise-testkit", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings");
    },
  },
  rust: {
    what: "The Rust tests, natively",
    async work() {
      await cargo(...(has("cargo", "nextest", "--version") ? ["nextest", "run", "--no-fail-fast"] : ["test", "--no-fail-fast"]), "--workspace");
      // What must not compile is said in documentation, which nextest does not run.
      if (has("cargo", "nextest", "--version")) await cargo("test", "--workspace", "--doc");
      // Generated types are compared with web/src/protocol.ts; `npm run gen` writes them.
      await cargo("test", "-p", "edgewise-protocol", "--features", "ts");
    },
  },
  licences: { what: "Licences and sources of what we build upon", work: () => checkLicences(has("cargo", "deny", "--version")) },
  web: {
    what: "The web app: types, unit tests, build",
    async work() {
      await installPackages("web", "the web app's packages", "about 15 s");
      await npm("web", ["run", "typecheck"], show);
      await npm("web", ["test"], show);
      await buildWeb();
    },
  },
  workerd: { what: "The real runtime", needs: buildAll, work: () => nodeTests("workerd") },
  clients: { what: "Official clients, unmodified", needs: buildAll, work: () => nodeTests("clients") },
  browser: { what: "A browser", needs: buildAll, work: async () => nodeTests("browser", { CHROMIUM: await findChromium() }) },
};

/** One file at a time: each starts servers of its own, and two cores are soon full. */
async function nodeTests(folder, env) {
  if (existsSync(at("tests", "package.json"))) await installPackages("tests", "the tests' packages", "about 10 s");
  const dir = join("tests", folder);
  const entries = existsSync(at(dir)) ? readdirSync(at(dir), { recursive: true }) : [];
  const files = entries.filter((name) => name.endsWith(".test.mjs") && !name.includes("node_modules")).sort().map((name) => join(dir, name));
  if (files.length === 0) throw new Failure(`${dir} holds no *.test.mjs.`);
  await run(node(), ["--test", "--test-concurrency=1", ...files], { env: nodeEnv(env), ...show });
}

/** What is drawn at random is the same each time, so that a failure is a change's: `SEED=random` draws anew. */
function fixSeed() {
  if (process.env.SEED === "random") delete process.env.SEED;
  else process.env.SEED ??= "20261122";
  if (process.env.SEED) process.env.PROPTEST_RNG_SEED ??= process.env.SEED;
}

await main(async (names) => {
  fixSeed();
  const unknown = names.find((name) => !STAGES[name]);
  if (unknown) throw new Failure(`There is no stage "${unknown}". Stages: ${Object.keys(STAGES).join(", ")}.`);
  await setUp();
  const failed = [];
  for (const name of names.length ? names : Object.keys(STAGES)) {
    const { what, needs, work } = STAGES[name];
    say(`\n=== ${name}: ${what}`);
    try {
      await needs?.();
      await work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      console.error(`${error.message}${error.details ? `\n${error.details}` : ""}`);
      failed.push(name);
    }
  }
  say();
  if (failed.length) throw new Failure(`Failed: ${failed.join(", ")}. One stage alone: npm test -- ${failed[0]}`);
  say("All is well.");
});
