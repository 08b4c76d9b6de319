// Holds every crate, and every package in the web app's bundle, to the licences that deny.toml allows.
//
// Why not always cargo-deny: compiling it takes longer than all our tests. Where it is installed it is asked instead.
import { readFileSync } from "node:fs";
import { at } from "./setup/places.mjs";
import { Failure, run, say } from "./setup/steps.mjs";

export async function checkLicences(cargoDeny = false) {
  if (cargoDeny) await run("cargo", ["deny", "check", "licenses", "bans", "sources"], { show: true });
  const { parse } = await import("smol-toml"); // there only after set-up
  const allowed = new Set(parse(readFileSync(at("deny.toml"), "utf8")).licenses.allow);
  const packages = [...(cargoDeny ? [] : await crates()), ...bundled()];
  const bad = packages.filter(({ licence }) => !licence || !permits(licence, allowed)).map(({ name, licence }) => `  ${name}: ${licence ?? "no licence"}`);
  const foreign = packages.filter(({ registry }) => registry === false).map(({ name }) => `  ${name} is not from the registry`);
  const faults = [...bad, ...foreign];
  if (faults.length) throw new Failure("deny.toml does not allow:", faults.join("\n"));
  say(`${packages.length} packages, all of allowed licences.`);
}

async function crates() {
  const metadata = JSON.parse(await run("cargo", ["metadata", "--format-version=1", "--locked", "--all-features"]));
  return metadata.packages
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, source }) => ({ name: `${name} ${version}`, licence: license, registry: source.startsWith("registry+") }));
}

/** What reaches a browser: the web app's packages without its tools. */
function bundled() {
  const { packages } = JSON.parse(readFileSync(at("web", "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path && !dev)
    .map(([path, { version, license }]) => ({ name: `${path.split("node_modules/").at(-1)} ${version}`, licence: license }));
}

/** Whether an SPDX expression can be met with allowed licences alone. The old `A/B` means `A OR B`. */
export function permits(expression, allowed) {
  const words = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+/g);
  const term = () => {
    if (words[0] === "(") {
      words.shift();
      const value = any();
      words.shift();
      return value;
    }
    let licence = words.shift();
    if (words[0] === "WITH") licence += ` ${words.shift()} ${words.shift()}`;
    return allowed.has(licence);
  };
  const every = () => {
    let value = term();
    while (words[0] === "AND") value = (words.shift(), term()) && value;
    return value;
  };
  const any = () => {
    let value = every();
    while (words[0] === "OR") value = (words.shift(), every()) || value;
    return value;
  };
  return any();
}
