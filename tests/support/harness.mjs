// The built Worker inside wrangler's test harness, which can put one object to sleep on request.
import { randomBytes } from "node:crypto";
import { createTestHarness } from "wrangler";
import { at } from "../../scripts/setup/places.mjs";
import { writeConfig } from "./config.mjs";
import { scratch } from "./rig.mjs";
import { QUIET } from "./server.mjs";

/** Puts an object to sleep with its sockets kept; one that already sleeps is where it should be. */
async function sleep(worker, object, name) {
  try {
    await worker.evictDurableObject(object, { name, webSockets: "hibernate" });
  } catch (error) {
    if (!error.message.includes("not currently running")) throw error;
  }
}

/** `entry` stands in for entry.mjs. */
export async function startHarness(vars, entry = at("entry.mjs")) {
  const home = scratch("harness");
  const configPath = writeConfig(home.path, entry);
  const secret = { AUTH_SECRET: randomBytes(32).toString("hex") };
  const harness = createTestHarness({ root: home.path, workers: [{ configPath, vars: { RATE_LIMIT_ENABLED: "false", ...QUIET, ...vars, ...secret } }] });
  const { url } = await harness.listen();
  const worker = harness.getWorker();
  await worker.applyD1Migrations("DB");
  return {
    base: url.origin,
    worker,
    evict: (id) => sleep(worker, "Conversation", id),
    evictAccount: (user) => sleep(worker, "Account", `user:${user}`),
    close: async () => {
      await harness.close();
      home.remove();
    },
  };
}
