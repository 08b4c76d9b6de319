// The JavaScript tools: wrangler and friends, and a Node new enough for them.
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { at, bin, wrangler } from "./places.mjs";
import { hashOf, isCurrent, remember } from "./stamps.mjs";
import { cleanEnv, Failure, run, step } from "./steps.mjs";

const MARK = ".package-lock.json"; // npm writes it last: there only when an install came to its end

// Wrangler wants Node 22.12, and one version for everybody is easier to reason about. A registry package brings it for
// Linux; elsewhere the machine's own has to do.
const bundled = at("node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
const ownIsNewEnough = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12);
};

/** The Node that runs wrangler, the tests and npm in sub-projects. */
export const node = () => (existsSync(bundled) ? bundled : process.execPath);

/** Environment whose PATH finds that Node first: npm then picks packages made for it. */
export const nodeEnv = (more) =>
  cleanEnv({ PATH: [dirname(node()), dirname(bin("x")), process.env.PATH].join(delimiter), ...more });

const npmCommand = () => {
  const cli = process.env.npm_execpath;
  return cli?.endsWith("npm-cli.js") ? [node(), cli] : ["npm"];
};

/** Runs npm in a sub-project. */
export function npm(dir, args, options) {
  const [command, ...before] = npmCommand();
  return run(command, [...before, ...args], { cwd: at(dir), env: nodeEnv(), ...options });
}

/** `npm ci`, unless the lock file is the one already installed. */
export async function installPackages(dir, what, howLong) {
  const mark = at(dir, "node_modules", MARK);
  const hash = hashOf([at(dir, "package.json"), at(dir, "package-lock.json")], process.platform, process.arch);
  const name = `packages-${dir.replace(/\W+/g, "") || "root"}`;
  if (isCurrent(name, hash, [mark])) return;
  await step(`Installing ${what}`, howLong, () =>
    npm(dir, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { failure: `The packages of ${join(dir, "package.json")} cannot be installed.` }),
  );
  remember(name, hash, [mark]);
}

export async function setUpNode() {
  await installPackages(".", "wrangler, Node 24 and the wasm tools", "about 20 s, 520 MB");
  if (!existsSync(bundled) && !ownIsNewEnough()) {
    throw new Failure(`Node ${process.versions.node} is too old for wrangler, and none is packaged for ${process.platform}-${process.arch}: install Node 24.`);
  }
  if (!existsSync(wrangler)) throw new Failure("wrangler is missing: delete node_modules and start again.");
}
