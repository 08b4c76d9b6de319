// `npm run doctor`: says what is there, what is missing and what to do about it. Changes nothing.
import "./setup/old-node.mjs";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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

const set = given(process.env);
console.log("\nSettings of the Worker in this shell (names only):");
for (const { name } of workerSettings) console.log(`  ${name in set ? "set  " : "unset"} ${name}`);
console.log(set.OPENAI_BASE_URL ? "" : "\nNo model server is set: the built-in offline model will answer.");
