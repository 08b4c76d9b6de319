// Tools in Chromium: a call waits for a person, survives a reload, and is allowed or denied; and what a reader does with
// an answer afterwards. The built-in model answers, for which every sum is a call of the calculator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parts, say, startBrowser, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("tools", { DEFAULT_MODEL: "", OPENAI_API_KEY: "", OPENAI_BASE_URL: "", TOOLS_ASK_FIRST: "calculator" });
const browser = await startBrowser();
const ended = (page, status = "completed") => parts(page).answers.last().and(page.locator(`[data-status="${status}"]`)).waitFor();

test("a call waits for a person through a reload, is allowed, and denied", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, "What is 17.5 * 240?");
  const tool = page.getByTestId("tool");
  await tool.and(page.locator('[data-state="approval-requested"]')).waitFor();
  assert.match(await tool.innerText(), /17\.5 ?\* ?240/, "what it wants to do is shown");
  await page.reload();
  await page.getByTestId("allow").click();
  await ended(page);
  assert.equal(await tool.getAttribute("data-state"), "output-available");
  assert.match(await parts(page).answers.last().getByTestId("message-text").innerText(), /4,?200/);

  await say(page, "What is 3 * 7?");
  await page.getByTestId("deny").click();
  await ended(page);
  await tool.last().and(page.locator('[data-state="output-denied"]')).waitFor();

  await say(page, "What is 4 * 8?");
  await page.getByTestId("allow").waitFor();
  await page.keyboard.press("Control+Alt+Enter");
  await ended(page);
  await tool.last().and(page.locator('[data-state="output-available"]')).waitFor();
  await say(page, "What is 5 * 9?");
  await page.getByTestId("deny").waitFor();
  await page.keyboard.press("Control+Alt+Backspace");
  await ended(page);
  await tool.last().and(page.locator('[data-state="output-denied"]')).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an answer is voted on, a chat goes on from it, and a message is deleted", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, "Hello");
  await ended(page);
  await page.getByTestId("vote-up").click();
  await page.getByTestId("vote-up").and(page.locator('[aria-pressed="true"]')).waitFor();
  await page.reload();
  await page.getByTestId("vote-up").and(page.locator('[aria-pressed="true"]')).waitFor();

  await page.getByTestId("vote-down").click();
  await page.getByTestId("vote-reason").fill("It is too short.");
  await page.keyboard.press("Enter");
  await page.getByTestId("toast").getByText("Thank you.").waitFor();
  assert.equal(await page.getByTestId("vote-reason").count(), 0);
  const { messages } = await page.evaluate(async () => (await fetch(`/api/chat/conversations/${location.pathname.split("/").pop()}/messages`)).json());
  assert.deepEqual(messages.find(({ vote }) => vote)?.vote, { value: "down", reason: "It is too short." });

  const first = page.url();
  await page.getByTestId("more").click();
  await page.getByTestId("fork").click();
  await until("another conversation", () => page.url() !== first);
  await ended(page);
  assert.equal(await parts(page).questions.last().getByTestId("message-text").innerText(), "Hello");

  await page.getByTestId("more").click();
  await page.getByTestId("delete-message").last().click();
  await page.getByTestId("delete-message-yes").click();
  await until("the answer to be gone", async () => (await parts(page).answers.count()) === 0);
  await page.goto(first);
  await ended(page);
  assert.deepEqual(complaints, []);
  await context.close();
});
