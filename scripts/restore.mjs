// `npm run restore -- [DAY] [ENVIRONMENT]`: puts a daily copy back into an empty database. Without an environment the
// local one; without a day it tells which there are.
import "./setup/old-node.mjs";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate, wranglerEnv } from "./setup/build.mjs";
import { node, nodeEnv, setUpNode } from "./setup/node.mjs";
import { at, stateDir, wrangler } from "./setup/places.mjs";
import { Failure, main, run, say, step } from "./setup/steps.mjs";

await main(async (words) => {
  const day = words.find((word) => /^\d{4}-\d{2}-\d{2}$/.test(word));
  const environment = words.find((word) => word !== day) ?? "";
  await setUpNode();
  const { parse } = await import("smol-toml");
  const whole = parse(readFileSync(at("wrangler.toml"), "utf8"));
  const config = environment ? whole.env[environment] : whole;
  if (!config) throw new Failure(`wrangler.toml has no environment "${environment}".`);
  const bucket = config.r2_buckets.find(({ binding }) => binding === "FILES").bucket_name;

  const place = environment ? ["--remote"] : ["--local", "--persist-to", stateDir];
  const env = environment ? nodeEnv({ WRANGLER_SEND_METRICS: "false" }) : wranglerEnv();
  const call = (...args) => run(node(), [wrangler, ...args, ...place, "--config", at("wrangler.toml"), "--env", environment], { env });
  const folder = mkdtempSync(join(tmpdir(), "edgewise-"));
  const get = async (key) => {
    const file = join(folder, key.replaceAll("/", "-"));
    await call("r2", "object", "get", `${bucket}/backups/${key}`, "--file", file);
    return file;
  };
  const getJson = async (key) => JSON.parse(readFileSync(await get(key), "utf8"));

  try {
    if (!day) {
      const days = await getJson("index.json").catch(() => []);
      return say(days.length ? `There are copies of ${days.join(", ")}.` : "There is no copy yet: the first is made a few minutes after the Worker's start.");
    }
    const { parts, rows } = await getJson(`${day}/manifest.json`).catch(() => {
      throw new Failure(`There is no copy of ${day}. npm run restore tells which there are.`);
    });
    if (environment) await step("Migrating the database", "", () => call("d1", "migrations", "apply", "DB"));
    else await migrate();
    const count = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM conversations) AS n";
    const [{ results: [{ n }] }] = JSON.parse(await call("d1", "execute", "DB", "--command", count, "--json"));
    if (n > 0) throw new Failure(`The database is not empty: it has ${n} people and conversations. Give wrangler.toml a new one.`);
    await step(`Putting back ${Object.values(rows).reduce((sum, count) => sum + count, 0)} rows`, `${parts} files`, async () => {
      for (let part = 1; part <= parts; part++) await call("d1", "execute", "DB", "--yes", "--file", await get(`${day}/${String(part).padStart(5, "0")}.sql`));
    });
    say(`The database is as it was on ${day}. Letters and one-time codes are not in a copy.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
