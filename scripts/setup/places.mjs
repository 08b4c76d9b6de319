// Where everything lies. Nothing else builds a path.
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const at = (...parts) => join(root, ...parts);

/** What this checkout remembers between two starts; deleting it costs time only. */
export const workDir = at(".edgewise");
export const logFile = join(workDir, "logs", "setup.log");

/** All local data. Deleting it is starting anew. */
export const stateDir = resolve(process.env.STATE_DIR || join(workDir, "state"));

/** Tools shared by all checkouts of this user. */
export const cacheDir = resolve(
  process.env.EDGEWISE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "edgewise"),
);

export const wrangler = at("node_modules", "wrangler", "wrangler-dist", "cli.js");
export const bin = (name) => at("node_modules", ".bin", name);
