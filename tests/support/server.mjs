// The built Worker in a real workerd: the server of `npm start`, in a process group that can be killed as a whole.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { serve } from "../../scripts/serve/server.mjs";
import { at } from "../../scripts/setup/places.mjs";
import { writeConfig } from "./config.mjs";
import { ownSupervisors } from "./process.mjs";
import { until } from "./wait.mjs";

const killGroup = (leader) => {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended already.
  }
};

// Whatever a test does, no server outlives its process.
process.on("exit", () => ownSupervisors().forEach(killGroup));
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) process.once(signal, () => process.exit(code));

/** Kills every server of this process, those that are still starting included. */
export const killAll = () => ownSupervisors().forEach(killGroup);

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

const tail = (file) => (existsSync(file) ? readFileSync(file, "utf8").slice(-4_000) : "(the log is gone)");

/** No model is asked beside the answers, unless a test says so: what it was asked is counted. */
export const QUIET = { TITLE_MODEL: "builtin", SUGGESTIONS_ENABLED: "false" };

/** Serves with its data under `stateDir`; `vars` are its settings, and no others. `entry` stands in for entry.mjs; without `page` no asset is served. */
export async function startServer({ stateDir, vars = {}, port = 0, entry = null, page = true }) {
  if (!existsSync(at("build", "index_bg.wasm"))) throw new Error("there is no build: run `npm run build` first");
  const config = entry || !page ? writeConfig(stateDir, entry ?? at("entry.mjs"), { page }) : undefined;
  const server = await serve({ port, stateDir, env: { ...QUIET, ...vars }, config });
  const base = server.url;
  let dead = false;
  // A server that ends by itself is worse than any failed assertion: it is told at once.
  void server.ended.then(() => dead || console.error(`the server at ${base} ended by itself; its log ends with:\n${tail(server.logFile)}`));
  return {
    base,
    port: Number(new URL(base).port),
    pid: server.pid,
    log: () => readFileSync(server.logFile, "utf8"),
    /** SIGKILL to the whole group at once: nobody has a chance to say goodbye. */
    kill: async () => {
      if (dead) return;
      dead = true;
      killGroup(server.pid);
      await server.ended;
      await until(`port ${new URL(base).port} to be free`, () => isFree(Number(new URL(base).port)), 5_000);
    },
  };
}
