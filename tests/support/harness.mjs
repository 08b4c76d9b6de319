// The built Worker inside wrangler's test harness, which can put one object to sleep on request.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestHarness } from "wrangler";
import { scratch } from "./rig.mjs";

const root = join(import.meta.dirname, "../..");

/** `entry` stands in for entry.mjs. */
export async function startHarness(vars, entry = join(root, "entry.mjs")) {
  // The development part of wrangler.toml, from another place and with another entry.
  const home = scratch("harness");
  const [development] = readFileSync(join(root, "wrangler.toml"), "utf8").split("\n[env.", 1);
  const absolute = development
    .replace(/^main = .*$/m, `main = ${JSON.stringify(entry)}`)
    .replace(/^(directory|migrations_dir) = "(.*)"$/gm, (_, name, path) => `${name} = ${JSON.stringify(join(root, path))}`);
  const configPath = join(home.path, "wrangler.toml");
  writeFileSync(configPath, absolute);
  const secret = { AUTH_SECRET: randomBytes(32).toString("hex") };
  const harness = createTestHarness({ root: home.path, workers: [{ configPath, vars: { RATE_LIMIT_ENABLED: "false", ...vars, ...secret } }] });
  const { url } = await harness.listen();
  const worker = harness.getWorker();
  await worker.applyD1Migrations("DB");
  return {
    base: url.origin,
    worker,
    evict: (id, webSockets) => worker.evictDurableObject("Conversation", { name: id, webSockets }),
    evictAccount: (user) => worker.evictDurableObject("Account", { name: `user:${user}`, webSockets: "hibernate" }),
    close: async () => {
      await harness.close();
      home.remove();
    },
  };
}
