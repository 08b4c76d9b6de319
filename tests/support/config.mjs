// The development part of wrangler.toml with another entry: the same Worker, its bindings and its data, in another build.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../scripts/setup/places.mjs";

/** Writes it into `dir`; `entry` stands in for entry.mjs, and without `page` no asset is served. Gives the file's path. */
export function writeConfig(dir, entry, { page = true } = {}) {
  const [development] = readFileSync(at("wrangler.toml"), "utf8").split("\n[env.", 1);
  const absolute = development
    .replace(/^main = .*$/m, `main = ${JSON.stringify(entry)}`)
    .replace(/^(directory|migrations_dir) = "(.*)"$/gm, (_, name, path) => `${name} = ${JSON.stringify(at(path))}`);
  const file = join(dir, "wrangler.toml");
  writeFileSync(file, page ? absolute : absolute.replace(/^\[assets\]\n(.+\n)+/m, ""));
  return file;
}
