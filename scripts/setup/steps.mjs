// How the scripts talk: one line for each step, the details in a log file, one sentence when something is wrong.
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { logFile, root } from "./places.mjs";

/** Something the reader can act on. `details` are shown below the sentence. */
export class Failure extends Error {
  constructor(sentence, details = "") {
    super(sentence);
    this.details = details;
  }
}

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ENETUNREACH|ECONNREFUSED|ETIMEDOUT|Could not resolve host|Couldn't connect|failed to lookup address|spurious network error/i;
const LAST_LINES = 20;
const children = new Set();

// Npm's own variables would make an npm inside npm believe that it works in the outer folder.
export const cleanEnv = (more = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD$)/.test(name))),
  ...more,
});

/** Runs a command to its end. Its output goes to the log, or with `show` to the terminal. Resolves to its stdout. */
export function run(command, args, { cwd = root, env = cleanEnv(), show = false, failure } = {}) {
  log(`\n$ ${[command, ...args].join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", ...(show ? ["inherit", "inherit"] : ["pipe", "pipe"])] });
    children.add(child);
    let [output, stdout] = ["", ""];
    const take = (piece) => {
      output += piece;
      log(piece);
    };
    child.stdout?.setEncoding("utf8").on("data", (piece) => (take(piece), (stdout += piece)));
    child.stderr?.setEncoding("utf8").on("data", take);
    child.on("error", (error) => {
      children.delete(child);
      reject(new Failure(failure ?? `${command} cannot be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      children.delete(child);
      if (code === 0) return resolve(stdout);
      const sentence = failure ?? `${command} ${args[0] ?? ""} failed (${signal ?? `exit code ${code}`}).`;
      if (show) return reject(new Failure(sentence));
      const whole = `The whole log: ${logFile}`;
      if (NO_NETWORK.test(output)) return reject(new Failure(`${sentence} The network cannot be reached, and the first start needs it.`, whole));
      const tail = output.trimEnd().split("\n").slice(-LAST_LINES).map((line) => `  | ${line}`);
      reject(new Failure(sentence, [...tail, whole].join("\n")));
    });
  });
}

/** Announces a step, runs it, says how long it took. */
export async function step(what, howLong, work) {
  process.stdout.write(`  ${what}${howLong ? ` (${howLong})` : ""} …`);
  const start = Date.now();
  try {
    const result = await work();
    process.stdout.write(` ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write(" failed\n");
    throw error;
  }
}

export const say = (line = "") => console.log(line);

/** Runs a script: failures are a sentence and exit code 1, a signal ends the children too. */
export async function main(work) {
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, "", { mode: 0o600 });
  process.stdout.on("error", () => {}); // nobody reads any longer: no reason to fall over
  const stop = (signal) => {
    for (const child of children) child.kill(signal);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop);
  try {
    await work(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`\n${error.message}${error.details ? `\n${error.details}` : ""}`);
    process.exitCode = 1;
  }
}

function log(text) {
  try {
    appendFileSync(logFile, text);
  } catch {
    // a full disk must not hide the real failure
  }
}
