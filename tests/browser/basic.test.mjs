// The chat in Chromium without JavaScript: forms and pages, an answer that is waited for, a server that is killed in mid-word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";

const rig = await Rig.start("basic");
const browser = await startBrowser();

async function visit() {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(rig.base);
  return { context, page };
}

const answers = (page) => page.locator("article.assistant");
const ask = async (page, text) => {
  await page.getByRole("textbox").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
};
/** The page looks again by itself until all tokens of `turn` are there, and a form for the next message. */
const whole = async (page, turn, tokens) => {
  await page.locator("article.assistant", { hasText: `${turn}:${tokens - 1}⟧` }).waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: "Send" }).waitFor();
};

test("a guest without JavaScript asks, watches, asks again, and makes an account", async () => {
  const { context, page } = await visit();
  await page.getByRole("link", { name: "without JavaScript" }).click();
  await page.getByRole("button", { name: "Start as a guest" }).click();
  await ask(page, "turn=basic tokens=60 delay=40");
  assert.equal(await page.getByRole("textbox").count(), 0, "a page that looks again would take away what is typed");
  assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 1);
  await whole(page, "basic", 60);
  await ask(page, "turn=again tokens=5");
  await whole(page, "again", 5);
  assert.equal(await answers(page).count(), 2);
  await page.getByRole("link", { name: "All conversations" }).click();
  await page.getByRole("link", { name: "Make an account" }).click();
  await page.getByLabel("E-mail").fill("basic@example.org");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Make an account" }).click();
  await page.getByText("basic@example.org").waitFor();
  const wide = await page.locator("html").boundingBox();
  assert.ok(wide.width <= 320, `${wide.width} pixels wide`);
  await context.close();
});

test("a stop stops, and a server killed in mid-word loses nothing", async () => {
  const { context, page } = await visit();
  await page.goto(`${rig.base}/basic`);
  await page.getByRole("button", { name: "Start as a guest" }).click();
  await ask(page, "turn=halt tokens=2000 delay=20");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("This answer was stopped.").waitFor();
  await ask(page, "turn=killed tokens=80 delay=30");
  // A form that is still on its way has said nothing yet; and a page that looks again would get into the way of the next.
  await page.getByText("turn=killed").first().waitFor();
  const { pathname } = new URL(page.url());
  await page.goto("about:blank");
  await rig.kill();
  await rig.restart();
  await page.goto(rig.base + pathname);
  await whole(page, "killed", 80);
  await context.close();
});
