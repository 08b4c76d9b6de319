// What is served: the web app, the Worker's wasm, the local database's tables.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { at, bin, stateDir, workDir, wrangler } from "./places.mjs";
import { installPackages, node, nodeEnv, npm, setUpNode } from "./node.mjs";
import { channel, setUpRust, toolVersions, wasmBindgen, workerBuild } from "./rust.mjs";
import { hashOf, isCurrent, remember } from "./stamps.mjs";
import { Failure, run, step } from "./steps.mjs";

/** Everything that `npm start` and the tests need before they can run the Worker. */
export async function setUp() {
  await setUpNode();
  await setUpRust();
}

export async function buildAll() {
  await buildWeb();
  await buildWorker();
}

export async function buildWeb() {
  if (!existsSync(at("web", "package.json"))) throw new Failure("web/ is missing: this checkout is not whole.");
  await installPackages("web", "the web app's packages", "about 15 s");
  const hash = hashOf([at("web")]);
  const made = [at("web", "dist", "index.html")];
  if (isCurrent("web", hash, made)) return;
  await step("Building the web app", "about 5 s", () => npm("web", ["run", "build"], { failure: "The web app does not build." }));
  remember("web", hash, made);
}

// Testkit is not in it: nothing that is deployed may depend on it.
const WORKER_SOURCES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "src", "durable_objects", "crates/protocol", "crates/domain", "crates/platform", "migrations"];

export async function buildWorker() {
  const hash = hashOf(WORKER_SOURCES.map((path) => at(path)), channel(), toolVersions);
  const made = [at("build", "index.js"), at("build", "index_bg.wasm")];
  if (isCurrent("worker", hash, made)) return;
  const howLong = existsSync(made[1]) ? "about 1 min" : "2 to 4 min the first time";
  await step("Compiling the Worker to wasm", howLong, () =>
    run(workerBuild, ["--release"], {
      env: nodeEnv({ WASM_BINDGEN_BIN: wasmBindgen, WASM_OPT_BIN: bin("wasm-opt"), ESBUILD_BIN: bin("esbuild"), RUST_BACKTRACE: "0" }),
      failure: "The Worker does not compile.",
    }),
  );
  remember("worker", hash, made);
}

/** Environment for a wrangler that asks nobody, tells nobody and calls nobody. */
export const wranglerEnv = (more) =>
  nodeEnv({
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(workDir, "logs"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // Keeps a trace of each request and each call for wrangler's own page: a quarter of all CPU.
    X_LOCAL_OBSERVABILITY: "false",
    FORCE_COLOR: "0",
    ...more,
  });

/** Brings the tables of the database under `dir` up to migrations/. What was applied is remembered beside the data. */
export async function migrate(dir = stateDir) {
  mkdirSync(dir, { recursive: true });
  const migrations = at("migrations");
  if (!existsSync(migrations) || !readdirSync(migrations).some((file) => file.endsWith(".sql"))) return;
  const hash = hashOf([migrations]);
  if (isCurrent("migrations-applied", hash, [], dir)) return;
  // A new database is the same every time: tests that want many copy the first one instead of waiting for wrangler.
  const database = join(dir, "v3", "d1");
  const template = join(workDir, "databases", hash);
  const fresh = !existsSync(database);
  if (fresh && existsSync(template)) cpSync(template, database, { recursive: true });
  else await applyMigrations(dir);
  if (fresh && !existsSync(template)) keepTemplate(database, template);
  remember("migrations-applied", hash, [], dir);
}

const applyMigrations = (dir) =>
  step("Updating the local database", "about 3 s", () =>
    run(node(), [wrangler, "d1", "migrations", "apply", "DB", "--local", "--persist-to", dir, "--config", at("wrangler.toml"), "--env", ""], {
      env: wranglerEnv(),
      failure: `The migrations cannot be applied to ${dir}.`,
    }),
  );

/** Whole or not at all: another test may be looking. */
function keepTemplate(database, template) {
  const half = `${template}.${process.pid}`;
  cpSync(database, half, { recursive: true });
  try {
    renameSync(half, template);
  } catch {
    rmSync(half, { recursive: true, force: true }); // another was first
  }
}
