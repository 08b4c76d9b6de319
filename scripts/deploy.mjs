// `npm run deploy [-- ENVIRONMENT]`: builds, makes the queues and the database if need be, migrates, uploads.
// Production unless another environment of wrangler.toml is named. Wrangler must be signed in, or have its API token.
import "./setup/old-node.mjs";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { given, workerSettings } from "./settings.mjs";
import { buildAll, setUp } from "./setup/build.mjs";
import { node, nodeEnv } from "./setup/node.mjs";
import { at, wrangler } from "./setup/places.mjs";
import { Failure, main, run, say, step } from "./setup/steps.mjs";

await main(async ([environment = "production"]) => {
  await setUp();
  const { parse } = await import("smol-toml");
  const config = parse(readFileSync(at("wrangler.toml"), "utf8")).env[environment];
  if (!config) throw new Failure(`wrangler.toml has no environment "${environment}".`);
  await buildAll();

  const call = (args, options) =>
    run(node(), [wrangler, ...args, "--config", at("wrangler.toml"), "--env", environment], { env: nodeEnv({ WRANGLER_SEND_METRICS: "false" }), ...options });

  await step("Signing in", "", () => call(["whoami"], { failure: "Wrangler is not signed in: run npx wrangler login, or set CLOUDFLARE_API_TOKEN." }));
  await step("Making the queues and the database that are missing", "about 20 s", async () => {
    for (const { queue } of config.queues.consumers) await makeUnlessThere(() => call(["queues", "create", queue]));
    for (const { database_name } of config.d1_databases) await makeUnlessThere(() => call(["d1", "create", database_name]));
  });
  // Forward-only and additive, so that the version still running can live with the new tables.
  await step("Migrating the database", "", () => call(["d1", "migrations", "apply", "DB", "--remote"]));
  await upload(call);
  say(`Deployed to ${environment}.`);
});

async function makeUnlessThere(create) {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof Failure) || !/already (exists|taken|in use)/i.test(error.details)) throw error;
  }
}

/** Settings given in the shell go with it: secrets in a private file, the rest as variables. */
async function upload(call) {
  const values = given(process.env);
  delete values.ENVIRONMENT; // wrangler.toml knows better
  const isSecret = ({ name, secret }) => secret && values[name];
  const secrets = Object.fromEntries(workerSettings.filter(isSecret).map(({ name }) => [name, values[name]]));
  const vars = Object.entries(values).filter(([name]) => !(name in secrets));
  const dir = mkdtempSync(join(tmpdir(), "edgewise-"));
  const file = join(dir, "secrets.json");
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  try {
    const withSecrets = Object.keys(secrets).length ? ["--secrets-file", file] : [];
    await call(["deploy", ...withSecrets, ...vars.flatMap(([name, value]) => ["--var", `${name}:${value}`])], { show: true });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
