// One local server: wrangler and workerd in a process group of their own, until `stop`.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { migrate, wranglerEnv } from "../setup/build.mjs";
import { node } from "../setup/node.mjs";
import { at, root, wrangler } from "../setup/places.mjs";
import { Failure } from "../setup/steps.mjs";
import { given, workerSettings, writeEnvFiles } from "../settings.mjs";

const HOST = "127.0.0.1";
const supervisor = fileURLToPath(new URL("supervisor.mjs", import.meta.url));
const READY_MS = 60_000;
const LAST_LINES = 20;

/** Fails in one sentence when something listens on the port already. */
export function assertFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", ({ code }) =>
      reject(new Failure(code === "EADDRINUSE" ? `Port ${port} is taken: choose another with PORT=9000 npm start.` : `Port ${port} cannot be used (${code}).`)),
    );
    probe.listen(port, HOST, () => probe.close(resolve));
  });
}

/**
 * Serves what was built, with its data under `stateDir`. `env` gives the settings; `onLine` sees each line of output;
 * `config` is wrangler.toml, or a test's variant of it.
 * Resolves when /health answers, to `{ url, pid, logFile, ended, stop }`; `pid` leads the group, for tests that kill it.
 */
export async function serve({ port = 0, stateDir, env = process.env, onLine = () => {}, config = at("wrangler.toml") }) {
  await migrate(stateDir);
  const envFiles = writeEnvFiles(stateDir, env);
  const logFile = join(stateDir, "logs", "server.log");
  mkdirSync(join(stateDir, "logs"), { recursive: true });
  const logStream = createWriteStream(logFile, { mode: 0o600 });

  const args = [wrangler, "dev", "--local", "--config", config, "--env", "", "--ip", HOST, "--port", String(port),
    "--inspector-port", "0", "--persist-to", stateDir, "--show-interactive-dev-session=false", ...envFiles.flatMap((file) => ["--env-file", file])];
  const child = spawn(node(), [supervisor, node(), ...args], {
    cwd: root,
    detached: true, // a group of its own: Ctrl-C reaches us alone, and we end it in order
    stdio: ["pipe", "pipe", "pipe"],
    env: withoutSettings(wranglerEnv({ WRANGLER_REGISTRY_PATH: join(stateDir, "registry") })),
  });
  child.stdin.on("error", () => {});
  child.once("exit", () => killGroup(child.pid)); // nothing is left unless the supervisor itself was killed
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.stdin.destroy();
    await ended;
  };

  const last = [];
  const announced = new Promise((resolve) => {
    const read = (line) => {
      logStream.write(`${line}\n`);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      const ready = /Ready on (http:\/\/\S+)/.exec(line);
      if (ready) resolve(ready[1].replace(/\/$/, ""));
      onLine(line);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", read);
  });
  const failure = (sentence) => new Failure(sentence, `${last.map((line) => `  | ${line}`).join("\n")}\nThe whole log: ${logFile}`);

  const deadline = Date.now() + READY_MS;
  try {
    const url = await before(deadline, Promise.race([announced, ended.then(() => undefined)]));
    if (!url) throw failure("The local server did not start.");
    if (port !== 0 && new URL(url).port !== String(port)) throw new Failure(`Port ${port} is taken: choose another with PORT=9000 npm start.`);
    await healthy(url, deadline, failure);
    return { url, pid: child.pid, logFile, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function healthy(url, deadline, failure) {
  for (let wait = 20; Date.now() < deadline; wait = Math.min(wait * 2, 500)) {
    const status = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.status, () => 0);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  throw failure("The Worker runs, but /health does not answer 200.");
}

const before = (deadline, promise) => {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, deadline - Date.now())));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // already empty, as it should be
  }
}

// They go by file; in the environment of wrangler they would only be read by what has no business with them.
function withoutSettings(env) {
  const rest = { ...env };
  for (const name of [...workerSettings.map((setting) => setting.name), ...Object.keys(given(env))]) delete rest[name];
  delete rest.CLOUDFLARE_INCLUDE_PROCESS_ENV;
  return rest;
}
