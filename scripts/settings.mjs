// The settings: their one list, and how the shell's values reach a local Worker without showing up in `ps`.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { at } from "./setup/places.mjs";
import { Failure } from "./setup/steps.mjs";

export const settings = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "settings.json"), "utf8"));
export const workerSettings = settings.filter((setting) => setting.for === "worker");
const SECRET_BYTES = 32;

/** Names of the secrets that MODEL_PROVIDERS names; the Worker says what is wrong with it. */
function providerSecrets({ MODEL_PROVIDERS: list = "[]" }) {
  try {
    return JSON.parse(list).map(({ keySecret }) => keySecret).filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name));
  } catch {
    return [];
  }
}

/** The settings of the Worker that `env` gives a value. */
export const given = (env) =>
  Object.fromEntries([...workerSettings.map(({ name }) => name), ...providerSecrets(env)].flatMap((name) => (env[name] ? [[name, env[name]]] : [])));

/** Writes them where wrangler reads them, and returns the files in the order in which it should. */
export function writeEnvFiles(stateDir, env = process.env) {
  const values = given(env);
  const own = at(".dev.vars");
  const files = existsSync(own) ? [own] : [];
  const hasSecret = values.AUTH_SECRET || (files.length > 0 && /^[ \t]*AUTH_SECRET[ \t]*=[ \t]*["']?[^\s"']/m.test(readFileSync(own, "utf8")));
  if (!hasSecret) values.AUTH_SECRET = localSecret(stateDir);
  const file = join(stateDir, "worker.env");
  writePrivate(file, Object.entries(values).map(([name, value]) => `${name}=${quoted(name, value)}\n`).join(""));
  return [...files, file];
}

/** Kept, so that a restart signs nobody out. */
function localSecret(stateDir) {
  const file = join(stateDir, "auth-secret");
  if (!existsSync(file)) writePrivate(file, randomBytes(SECRET_BYTES).toString("hex"));
  return readFileSync(file, "utf8").trim();
}

// Dotenv knows three quotes and no way to write one inside its own kind; wrangler then expands `$` in all of them.
function quoted(name, value) {
  const mark = ["'", "`", '"'].find((quote) => !value.includes(quote) && !(quote === '"' && value.includes("\\")));
  if (!mark) throw new Failure(`${name} holds three kinds of quotes: it cannot be passed on.`);
  return mark + value.replaceAll("$", "\\$") + mark;
}

function writePrivate(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
