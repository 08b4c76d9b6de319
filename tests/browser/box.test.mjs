// What can be said beside the words of a message in Chromium: a chat's tools, that it shall not be kept, and what is suggested.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { faultsInBothThemes } from "../support/axe.mjs";
import { asking, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("box", { BOOTSTRAP_SECRET, TITLE_MODEL: "", SUGGESTIONS_ENABLED: "true" });
await offerTools(rig);
const browser = await startBrowser();

/** The conversation that the page shows, as its server knows it. */
const known = (page) => page.evaluate(async () => (await fetch(`/api/chat/conversations/${location.pathname.split("/").pop()}`)).json());

test("tools are switched for a chat before and after it is begun", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  const clock = page.getByRole("switch", { name: "Clock" });
  const web = page.getByRole("switch", { name: "Web page" });
  await page.getByTestId("tools").click();
  assert.deepEqual([await clock.isChecked(), await web.isChecked()], [true, true], "as the deployment has it");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await web.click();
  await page.keyboard.press("Escape");
  await say(page, "turn=tools tokens=3 delay=0");
  await untilAnswered(page);
  assert.deepEqual((await known(page)).tools, { web_fetch: false });
  const offered = rig.upstream.of("tools")[0].body.tools.map((tool) => tool.function.name);
  assert.deepEqual([offered.includes("clock"), offered.includes("web_fetch")], [true, false]);
  await page.getByTestId("tools").click();
  await until("the choices to be read", () => web.isEnabled());
  assert.equal(await web.isChecked(), false);
  await web.click();
  await clock.click();
  await until("what was chosen to be told", async () => JSON.stringify((await known(page)).tools) === '{"clock":false}');
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a temporary chat says what it is, has no links, and can be kept", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await page.getByTestId("temporary").click();
  await page.getByText("It is in no list and no search").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "the page scrolls sideways");
  await page.reload();
  await page.getByTestId("temporary").and(page.locator('[aria-pressed="false"]')).waitFor();
  await page.getByTestId("temporary").click();
  await say(page, "turn=temporary tokens=3 delay=0");
  await untilAnswered(page);
  await page.getByTestId("temporary-until").waitFor();
  const { temporary, expiresAt } = await known(page);
  assert.equal(temporary, true);
  assert.ok(Date.parse(expiresAt) > Date.now());
  assert.deepEqual(await page.evaluate(async () => (await (await fetch("/api/chat/conversations")).json()).conversations), []);
  assert.equal(await page.getByTestId("share").count(), 0);

  const first = page.url();
  await page.getByRole("button", { name: "Keep it" }).click();
  await until("another conversation", () => page.url() !== first);
  await untilAnswered(page);
  await page.getByTestId("share").waitFor();
  assert.equal(await parts(page).questions.count(), 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a model names a chat and suggests questions, which are asked with a click", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  // The loopback model says the same of its answer as in it.
  await say(page, asking("suggested", "# Trees of Europe\n- How old?\n- How tall?\n"));
  const questions = page.getByTestId("follow-up");
  await questions.getByText("How tall?").waitFor();
  await parts(page).items.getByText("Trees of Europe").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.reload();
  await questions.getByText("How old?").click();
  await untilAnswered(page, 2);
  assert.equal(await parts(page).questions.last().getByTestId("message-text").innerText(), "How old?");
  assert.equal(await questions.count(), 0, "they were about the answer before");
  assert.deepEqual(complaints, []);
  await context.close();
});
