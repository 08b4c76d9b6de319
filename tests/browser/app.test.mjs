// A person at the page in Chromium: send, watch, reload in mid-word, lose the server in mid-word, two windows, stop.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerText, keepShot, parts, say, shownTokens, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("browser");
const browser = await startBrowser();

/** A new person with a window on the app; what their console complains of is a fault. */
async function visit(path = "/", context = null) {
  context ??= await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => /Content Security Policy|Uncaught/.test(message.text()) && complaints.push(message.text()));
  await page.goto(rig.base + path);
  await parts(page).composer.waitFor();
  return { context, page, complaints };
}

const status = (page) => parts(page).answers.last().getAttribute("data-status");
const untilStatus = (page, wanted, ms = 20_000) => until(`the last answer to be ${wanted}`, async () => (await parts(page).answers.count()) > 0 && (await status(page)) === wanted, ms, 50);
const untilToken = (page, turn, k) => until(`token ${k} of ${turn} to be shown`, async () => (await parts(page).answers.count()) > 0 && (await shownTokens(page, turn)).includes(k), 15_000, 30);
const upTo = (count) => Array.from({ length: count }, (_, k) => k);

test("a first message is answered in a stream, and the page tells its state", async () => {
  const { context, page, complaints } = await visit();
  await say(page, "turn=first tokens=60 delay=25");
  await untilToken(page, "first", 3);
  assert.ok((await shownTokens(page, "first")).length < 60, "the answer came all at once");
  assert.equal(await status(page), "running");
  assert.equal(await parts(page).stop.count(), 1);
  await keepShot(page, "streaming");
  await untilStatus(page, "completed");
  assert.deepEqual(await shownTokens(page, "first"), upTo(60));
  assert.equal(await parts(page).questions.count(), 1);
  await until("the conversation to be listed", async () => (await parts(page).items.count()) === 1);
  assert.equal(await parts(page).stop.count(), 0);
  await page.getByTestId("theme-toggle").click();
  await keepShot(page, "finished-other-theme");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a reload in mid-word loses nothing and shows nothing twice", async () => {
  const { context, page, complaints } = await visit();
  await say(page, "turn=reload tokens=100 delay=25");
  for (const k of [5, 30, 60]) {
    await untilToken(page, "reload", k);
    await page.reload();
  }
  await untilStatus(page, "completed");
  assert.deepEqual(await shownTokens(page, "reload"), upTo(100));
  assert.equal(await parts(page).questions.count(), 1);
  assert.equal(rig.upstream.of("reload").length, 1, "the model was asked again");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the server is killed in mid-word: a banner comes and goes, the answer is whole", async () => {
  const { context, page } = await visit();
  await say(page, "turn=dies tokens=120 delay=25");
  await untilToken(page, "dies", 20);
  await rig.kill();
  await parts(page).banner.waitFor({ state: "visible" });
  await keepShot(page, "reconnecting");
  // What is typed while the server is away is sent when it is back.
  await say(page, "turn=while-away tokens=5 delay=0");
  await rig.restart();
  await parts(page).banner.waitFor({ state: "hidden", timeout: 20_000 });
  await until("both answers", async () => (await parts(page).answers.count()) === 2 && (await status(page)) === "completed", 30_000, 100);
  assert.deepEqual(await shownTokens(page, "while-away"), upTo(5));
  const first = await parts(page).answers.first().getByTestId("message-text").innerText();
  assert.deepEqual([...first.matchAll(/⟦dies:(\d+)⟧/g)].map(([, k]) => Number(k)), upTo(120));
  assert.equal(await parts(page).questions.count(), 2);
  await context.close();
});

test("two windows show the same, and either can stop", async () => {
  const { context, page, complaints } = await visit();
  await say(page, "turn=pair tokens=60 delay=20");
  await untilToken(page, "pair", 2);
  const { page: other } = await visit(new URL(page.url()).pathname, context);
  await Promise.all([untilStatus(page, "completed"), untilStatus(other, "completed")]);
  assert.deepEqual(await shownTokens(other, "pair"), upTo(60));
  assert.equal(await answerText(other), await answerText(page));

  await say(other, "turn=pair2 tokens=900 delay=10");
  await untilToken(page, "pair2", 10);
  await parts(page).stop.click();
  await Promise.all([untilStatus(page, "stopped"), untilStatus(other, "stopped")]);
  await until("the model to be cut off", () => rig.upstream.of("pair2")[0].abortedAt, 2_000);
  assert.equal(await answerText(other), await answerText(page));
  assert.deepEqual(complaints, []);
  await context.close();
});
