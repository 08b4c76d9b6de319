// Remembers what was done for which content, so that a step whose input did not change is skipped.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root, workDir } from "./places.mjs";

const SKIPPED = new Set(["node_modules", "target", "dist", ".git", ".vite"]);

function* filesUnder(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isFile()) return yield path;
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!SKIPPED.has(entry.name)) yield* filesUnder(join(path, entry.name));
  }
}

/** A hash over the names and bytes of files and folders; what does not exist counts as empty. */
export function hashOf(paths, ...words) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesUnder(path)) {
      const bytes = readFileSync(file);
      hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
    }
  }
  for (const word of words) hash.update(`\0${word}`);
  return hash.digest("hex");
}

/** Tells a made file from another of the same name, without reading it. */
const traceOf = (path) => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.size}:${Math.round(stat.mtimeMs)}`;
};

const fileOf = (name, dir) => join(dir, `${name}.json`);
const stampDir = join(workDir, "stamps");

export function isCurrent(name, hash, made = [], dir = stampDir) {
  try {
    const stamp = JSON.parse(readFileSync(fileOf(name, dir), "utf8"));
    return stamp.hash === hash && made.every((path) => traceOf(path) && stamp.made[relative(root, path)] === traceOf(path));
  } catch {
    return false;
  }
}

export function remember(name, hash, made = [], dir = stampDir) {
  const stamp = { hash, made: Object.fromEntries(made.map((path) => [relative(root, path), traceOf(path)])) };
  const file = fileOf(name, dir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(stamp));
  renameSync(`${file}.${process.pid}`, file);
}
