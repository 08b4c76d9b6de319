// One peer in its own `wrangler dev`, under the supervisor that `npm start` uses.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { wranglerEnv } from "../../scripts/setup/build.mjs";
import { node } from "../../scripts/setup/node.mjs";
import { at, wrangler } from "../../scripts/setup/places.mjs";

const READY_MS = 60_000;

/** Starts `benches/peers/<name>`; `{ url, pid, kill }`. The group dies with this process (tests/support/server.mjs). */
export async function startPeer(name, { stateDir, vars = {} }) {
  const config = at("benches", "peers", name, "wrangler.json");
  const settings = Object.entries(vars).flatMap(([key, value]) => ["--var", `${key}:${value}`]);
  const args = [wrangler, "dev", "--local", "--config", config, "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0",
    "--persist-to", stateDir, "--show-interactive-dev-session=false", ...settings];
  const child = spawn(node(), [at("scripts", "serve", "supervisor.mjs"), node(), ...args], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: wranglerEnv({ WRANGLER_REGISTRY_PATH: join(stateDir, "registry") }),
  });
  const ended = once(child, "close");
  const last = [];
  const url = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`the peer ${name} ${why}:\n${last.join("\n")}`));
    const timer = setTimeout(fail, READY_MS, "did not start in time");
    void ended.then(() => fail("ended"));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (last.push(line) > 30) last.shift();
        const ready = /Ready on (http:\/\/[^\s/]+)/.exec(line);
        if (ready) clearTimeout(timer), resolve(ready[1]);
      });
    }
  });
  const kill = async () => {
    child.stdin.destroy();
    await ended;
  };
  return { url, pid: child.pid, kill, log: () => last.join("\n") };
}
