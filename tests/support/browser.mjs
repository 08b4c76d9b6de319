// Chromium for the tests: the one that CHROMIUM names, else the system's.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { findChromium } from "../../scripts/setup/chromium.mjs";
import { until } from "./wait.mjs";

const named = await findChromium();
/** Playwright wants a path, and a name in PATH is no path. */
const executablePath = named.includes("/") ? named : execFileSync("which", [named], { encoding: "utf8" }).trim();

export async function startBrowser() {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
  after(() => browser.close());
  return browser;
}

const shots = join(import.meta.dirname, "../../test-results");

/** Keeps a picture of the page under test-results/. */
export async function keepShot(page, name) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** The page's parts, by the names that the app gives them. */
export const parts = (page) => ({
  composer: page.getByTestId("composer"),
  send: page.getByTestId("send"),
  stop: page.getByTestId("stop"),
  banner: page.getByTestId("reconnect-banner"),
  answers: page.locator('[data-testid="message"][data-role="assistant"]'),
  questions: page.locator('[data-testid="message"][data-role="user"]'),
  items: page.getByTestId("conversation-item"),
});

export async function say(page, text) {
  const { composer, send } = parts(page);
  await composer.fill(text);
  await send.click();
}

/** The text of the last answer as a person reads it. */
export const answerText = (page) => parts(page).answers.last().getByTestId("message-text").innerText();

/** The numbers of the tokens that are shown in the last answer. */
export const shownTokens = async (page, turn) => [...(await answerText(page)).matchAll(/⟦([^:⟧]+):(\d+)⟧/g)].filter(([, of]) => of === turn).map(([, , k]) => Number(k));

/** A new person, or another window of one, at the app; what their console complains of is a fault. */
export async function visitApp(browser, rig, { path = "/", context = null, ...options } = {}) {
  context ??= await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => /Content Security Policy|Uncaught/.test(message.text()) && complaints.push(message.text()));
  await page.goto(rig.base + path);
  await parts(page).composer.waitFor();
  return { context, page, complaints };
}

/** Waits until that many answers are shown and the last of them has ended so. */
export const untilAnswered = (page, count = 1, status = "completed", ms = 20_000) =>
  until(`${count} answers, the last ${status}`, async () => (await parts(page).answers.count()) >= count && (await parts(page).answers.last().getAttribute("data-status")) === status, ms, 40);

/** A message whose answer is this text. */
export const asking = (turn, text, more = "") => `turn=${turn} delay=0 ${more} say=${Buffer.from(text).toString("base64url")}`;
