// The Chromium that the browser tests drive: one that is there, else Playwright's.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { node, nodeEnv } from "./node.mjs";
import { at } from "./places.mjs";
import { Failure, run, step } from "./steps.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MISSING = "No Chromium is found: install one, or name it with CHROMIUM=/path/to/chromium.";

export function installedChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return NAMES.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/** Finds or downloads it. */
export async function findChromium() {
  const found = installedChromium();
  if (found) return found;
  const require = createRequire(at("tests", "package.json"));
  const { chromium } = require("playwright-core");
  if (!existsSync(chromium.executablePath())) {
    await step("Downloading Chromium", "about 1 min, 180 MB", () =>
      run(node(), [at("tests", "node_modules", "playwright-core", "cli.js"), "install", "chromium"], { env: nodeEnv(), failure: MISSING }),
    );
  }
  return chromium.executablePath();
}
