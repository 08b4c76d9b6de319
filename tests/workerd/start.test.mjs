// `npm start` as a person meets it: ready in one line, one sentence when it cannot be, and nothing left behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");
const stateDir = mkdtempSync(join(tmpdir(), "edgewise-start-"));
after(() => rmSync(stateDir, { recursive: true, force: true }));

function start(env) {
  const child = spawn("npm", ["start"], { cwd: root, detached: true, env: { ...process.env, STATE_DIR: stateDir, PORT: "0", ...env } });
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  let output = "";
  const ready = new Promise((resolve, reject) => {
    const read = (piece) => {
      output += piece;
      const url = /Edgewise is ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (url) resolve(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    ended.then(() => reject(new Error(`it ended: ${output}`)));
  });
  ready.catch(() => {});
  return { child, ready, ended, output: () => output };
}

/** Processes of this server, told by its folder in their arguments: wrangler and both workerd have it. */
function processes() {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && Number(pid) !== process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(stateDir);
    } catch {
      return false;
    }
  });
}

async function assertNothingLeft() {
  for (let tries = 0; tries < 80 && processes().length > 0; tries += 1) await sleep(100);
  assert.deepEqual(processes(), []);
}

const endings = {
  "SIGTERM to npm": ({ child }) => child.kill("SIGTERM"),
  "Ctrl-C": ({ child }) => process.kill(-child.pid, "SIGINT"),
  "SIGKILL of npm alone": ({ child }) => child.kill("SIGKILL"),
  "SIGKILL of npm and all it holds": ({ child }) => process.kill(-child.pid, "SIGKILL"),
};

for (const [name, end] of Object.entries(endings)) {
  test(`${name} leaves no process behind`, { skip: process.platform !== "linux" && "reads /proc" }, async () => {
    const server = start();
    const url = await server.ready;
    assert.equal((await fetch(`${url}/health`)).status, 200);
    assert.ok(processes().length >= 2);
    end(server);
    await assertNothingLeft();
    await server.ended;
  });
}

test("secrets go by private files, never by arguments", { skip: process.platform !== "linux" && "reads /proc" }, async () => {
  const secret = "it's a $ecret `with` marks";
  const server = start({ OPENAI_API_KEY: secret });
  await server.ready;
  const commands = processes().map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8")).join();
  server.child.kill("SIGTERM");
  await assertNothingLeft();
  assert.ok(!commands.includes(secret) && !server.output().includes(secret));
  assert.ok(!readFileSync(join(stateDir, "logs", "server.log"), "utf8").includes(secret));
  for (const file of ["worker.env", "auth-secret"]) assert.equal(statSync(join(stateDir, file)).mode & 0o777, 0o600, file);
});

test("a taken port is one sentence and exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address();
  const server = start({ PORT: String(port) });
  assert.equal((await server.ended).code, 1);
  assert.match(server.output(), new RegExp(`Port ${port} is taken`));
  other.close();
});
