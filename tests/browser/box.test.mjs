// What can be said beside the words of a message in Chromium: a chat's tools, and that it shall not be kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("box");
const browser = await startBrowser();
const TOOLS = [
  { name: "clock", title: "Clock", description: "Tells the time.", asks: false, enabled: true },
  { name: "web_fetch", title: "Web pages", description: "Reads a page.", asks: true, enabled: false },
];

/**
 * A page whose server has tools and temporary chats by the contract: what the page says of them is kept and told again,
 * and everything else is the server's.
 */
async function visitBox() {
  const told = { created: [], tools: {}, temporary: false };
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.route("**/api/tools", (route) => route.fulfill({ json: { tools: TOOLS } }));
  await context.route("**/api/chat/conversations", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const { temporary, ...rest } = route.request().postDataJSON();
    told.created.push({ temporary, ...rest });
    if (temporary) told.temporary = true;
    return route.continue({ postData: JSON.stringify(rest) });
  });
  await context.route(/\/api\/chat\/conversations\/[\w-]+$/, async (route) => {
    const method = route.request().method();
    const body = method === "PATCH" ? route.request().postDataJSON() : {};
    if (body.tools) told.tools = body.tools;
    if (method !== "GET" && !body.tools) return route.fallback();
    const response = await context.request.get(route.request().url());
    return route.fulfill({ response, json: { ...(await response.json()), tools: told.tools, ...(told.temporary ? { temporary: true, expiresAt: "2030-01-02T03:04:05.000Z" } : {}) } });
  });
  return { ...(await visitApp(browser, rig, { context })), told };
}

/** Goes away; what the page is asking for at that moment is of no interest. */
async function leave(context) {
  await context.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
}

test("tools are switched for a chat before and after it is begun", async () => {
  const { context, page, complaints, told } = await visitBox();
  const clock = page.getByRole("switch", { name: "Clock" });
  const web = page.getByRole("switch", { name: "Web pages" });
  await page.getByTestId("tools").click();
  assert.deepEqual([await clock.isChecked(), await web.isChecked()], [true, false], "what the deployment has it");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await web.click();
  await page.keyboard.press("Escape");
  await say(page, "turn=tools tokens=3 delay=0");
  await untilAnswered(page);
  assert.deepEqual(told.tools, { web_fetch: true });
  await page.getByTestId("tools").click();
  await until("the choices to be read", () => web.isEnabled());
  assert.equal(await web.isChecked(), true);
  await web.click();
  await clock.click();
  await until("what was chosen to be told", () => JSON.stringify(told.tools) === '{"clock":false}');
  assert.deepEqual(complaints, []);
  await leave(context);
});

test("a temporary chat says what it is, has no links, and can be kept", async () => {
  const { context, page, complaints, told } = await visitBox();
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
  assert.deepEqual(told.created, [{ temporary: true }]);
  await page.getByTestId("temporary-until").waitFor();
  assert.match(await page.getByTestId("temporary-until").innerText(), /not before Jan 2, 2030/);
  assert.equal(await page.getByTestId("share").count(), 0);

  const first = page.url();
  told.temporary = false;
  await page.getByRole("button", { name: "Keep it" }).click();
  await until("another conversation", () => page.url() !== first);
  await untilAnswered(page);
  await page.getByTestId("share").waitFor();
  assert.equal(await parts(page).questions.count(), 1);
  assert.deepEqual(complaints, []);
  await leave(context);
});
