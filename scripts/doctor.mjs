// `npm run doctor [-- ENVIRONMENT]`: says what is there, what is missing and what to do about it, and what the Worker would
// say of the settings. Changes nothing.
import "./setup/old-node.mjs";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { given, workerSettings } from "./settings.mjs";
import { installedChromium } from "./setup/chromium.mjs";
import { node } from "./setup/node.mjs";
import { at, cacheDir, root, stateDir, wrangler } from "./setup/places.mjs";
import { channel, wasmBindgen, workerBuild } from "./setup/rust.mjs";

const version = (command, ...args) => {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
};
const line = (good, what, advice) => console.log(`${good ? "✓" : "✗"} ${what}${good || !advice ? "" : `: ${advice}`}`);
const START = "npm start installs it";

const rust = version("rustc", "--version");
line(rust?.includes(channel()), `Rust ${channel()}${rust ? ` (found: ${rust})` : ""}`, version("rustup", "--version") ? START : "get rustup from https://rustup.rs");
line(existsSync(wasmBindgen) && existsSync(workerBuild), `worker-build and wasm-bindgen in ${cacheDir}`, START);
line(existsSync(wrangler), "wrangler", START);
line(node() !== process.execPath || Number(process.versions.node.split(".")[0]) >= 22, `Node for the tools: ${version(node(), "--version")}`, START);
line(existsSync(at("build", "index_bg.wasm")), "the built Worker", "npm run build");
line(existsSync(at("web", "dist", "index.html")), "the built web app", "npm run build");
line(existsSync(stateDir), `local data in ${stateDir}`, "npm start makes it");
line(installedChromium(), "a Chromium for the browser tests", "npm test -- browser downloads one");

const [environment = "development"] = process.argv.slice(2);
const isLocal = environment === "development";
const own = isLocal && existsSync(at(".dev.vars")) ? parseEnv(readFileSync(at(".dev.vars"), "utf8")) : {};
const set = given({ ...own, ...process.env });
console.log(`\nSettings of the Worker in this shell${isLocal ? " and in .dev.vars" : ""} (names only):`);
for (const { name } of workerSettings) console.log(`  ${name in set ? "set  " : "unset"} ${name}`);
console.log(set.OPENAI_BASE_URL ? "" : "\nNo model server is set: the built-in offline model will answer.");

console.log(`What the Worker says of them in ${environment} (compiled the first time, about 2 min):`);
// npm start makes a secret of its own.
const values = { ...(isLocal && { AUTH_SECRET: randomBytes(32).toString("hex") }), ...set, ENVIRONMENT: environment };
const judged = spawnSync("cargo", ["run", "--quiet", "--locked", "-p", "edgewise-doctor"], { cwd: root, encoding: "utf8", input: JSON.stringify(values) });
const faults = judged.stdout?.split("\n").filter(Boolean) ?? [];
for (const fault of faults) line(false, fault);
if (judged.status !== 0) line(false, "They could not be judged", judged.stderr?.trim() || "cargo cannot be started");
else if (!faults.length) line(true, "Nothing is wrong with them");
if (!isLocal) console.log("  Secrets that the account has already are not known here: `wrangler secret list` names them.");
process.exitCode = judged.status !== 0 || faults.length ? 1 : 0;
