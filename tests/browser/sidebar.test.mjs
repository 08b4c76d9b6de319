// The list, the palette and the shortcuts in Chromium, wide and narrow; and the page when the server is away or newer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asking, keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("sidebar");
const browser = await startBrowser();

/** Makes conversations as the person at the page, once they are somebody. */
async function make(page, titles) {
  await page.getByTestId("account-menu").waitFor({ state: "attached" });
  return page.evaluate(async (names) => {
    const ids = [];
    for (const title of names) {
      const answer = await fetch("/api/chat/conversations", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ title }) });
      ids.push((await answer.json()).id);
    }
    return ids;
  }, titles);
}
const listed = (page) => parts(page).items.locator("a").allInnerTexts();
/** The page asks for the list anew when somebody comes back to it; a conversation is in it soon after it was made. */
const untilListed = (page, wanted) =>
  until(`the list to be ${wanted}`, async () => {
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    const titles = await listed(page);
    return titles.length === wanted.length && wanted.every((title) => titles.some((other) => other.startsWith(title)));
  });
const menuOf = async (page, title, item) => {
  const place = parts(page).items.filter({ hasText: title });
  // The list may move away under a pointer; the focus goes along.
  await place.getByRole("link").focus();
  await place.getByRole("button", { name: `More for ${title}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

test("a conversation is renamed in place, and a deletion is taken back", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await make(page, ["Owls", "Herons"]);
  await untilListed(page, ["Owls", "Herons"]);
  await parts(page).items.filter({ hasText: "Owls" }).getByRole("link").focus();
  await page.keyboard.press("F2");
  await page.getByTestId("rename").fill("Barn owls");
  await page.keyboard.press("Enter");
  await until("the new title", async () => (await listed(page)).includes("Barn owls"));

  await menuOf(page, "Herons", "Delete");
  await until("one to be gone", async () => (await listed(page)).length === 1);
  await page.getByTestId("toast").getByRole("button", { name: "Undo" }).click();
  await until("it to be back", async () => (await listed(page)).length === 2);

  // What is not taken back is deleted, at the latest when the page goes.
  await menuOf(page, "Herons", "Delete");
  await until("one to be gone again", async () => (await listed(page)).length === 1);
  await page.reload();
  await untilListed(page, ["Barn owls"]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the palette does things, finds conversations, and jumps to a message", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, asking("rare", "The kingfisher dives for minnows."));
  await untilAnswered(page);
  await say(page, "turn=more tokens=300 delay=0 pad=40");
  await untilAnswered(page, 2);
  const path = new URL(page.url()).pathname;
  await make(page, ["Garden plans"]);
  await page.keyboard.press("Control+Shift+KeyO");
  await until("a new chat", () => new URL(page.url()).pathname === "/");
  await untilListed(page, ["Garden plans", "turn=rare"]);

  await page.keyboard.press("Control+KeyK");
  const palette = page.getByTestId("palette");
  const entries = palette.getByTestId("palette-entry");
  await palette.waitFor();
  await page.keyboard.type("gardn");
  await until("the conversation", async () => /Garden plans/.test((await entries.allInnerTexts()).join()));
  await page.keyboard.press("Escape");
  await palette.waitFor({ state: "detached" });

  await page.keyboard.press("Control+KeyK");
  // A message is found within seconds of its end.
  await until("the message", async () => {
    await palette.getByRole("combobox").fill("");
    await palette.getByRole("combobox").fill("kingfish");
    return entries.locator("mark").first().waitFor({ timeout: 1500 }).then(() => true, () => false);
  }, 20_000);
  await keepShot(page, "palette");
  await entries.filter({ has: page.locator("mark") }).first().click();
  await until("the conversation", () => new URL(page.url()).pathname === path && new URL(page.url()).searchParams.has("m"));
  const found = page.locator(`[data-testid="message"][data-id="${new URL(page.url()).searchParams.get("m")}"]`);
  await until("the message to be in view", () => found.evaluate((element) => { const { top, bottom } = element.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }).catch(() => false));

  await page.keyboard.press("Control+KeyK");
  await page.keyboard.type("light or dark");
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press("Enter");
  await until("the other theme", async () => (await page.evaluate(() => document.documentElement.dataset.theme)) !== before);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("shortcuts work, are listed, and reach the message box", async () => {
  const { context, page } = await visitApp(browser, rig, { permissions: ["clipboard-read", "clipboard-write"] });
  await say(page, asking("keys", "Here:\n\n```js\nlet heron;\n```\n"));
  await untilAnswered(page);
  await page.keyboard.press("Control+Slash");
  await page.getByTestId("shortcuts").waitFor();
  assert.match(await page.getByTestId("shortcuts").innerText(), /New chat/);
  await page.keyboard.press("Escape");
  await page.getByTestId("shortcuts").waitFor({ state: "detached" });
  await page.keyboard.press("Control+Shift+Semicolon");
  await until("the code", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "let heron;");
  await page.keyboard.press("Control+Shift+KeyS");
  await until("no sidebar", () => page.locator(".sidebar").evaluate((element) => element.inert));
  await page.keyboard.press("Control+Shift+KeyS");
  await until("the sidebar", () => page.locator(".sidebar").evaluate((element) => !element.inert));
  await page.getByTestId("search").focus();
  await page.keyboard.press("Shift+Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "composer");
  await context.close();
});

test("news of another device is marked until it is looked at", async () => {
  const { context, page } = await visitApp(browser, rig);
  const [id] = await make(page, ["Elsewhere"]);
  await untilListed(page, ["Elsewhere"]);
  assert.equal(await page.getByTestId("unread").count(), 0);
  await page.evaluate(async (conversation) => {
    const answer = await fetch(`/api/chat/conversations/${conversation}/messages`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ content: "turn=elsewhere tokens=3 delay=0" }) });
    await answer.text();
  }, id);
  await until("the mark", async () => {
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    return (await page.getByTestId("unread").count()) === 1;
  });
  await parts(page).items.first().getByRole("link").click();
  await untilAnswered(page);
  await until("no mark", async () => (await page.getByTestId("unread").count()) === 0);
  await context.close();
});

test("a phone has the list in a drawer, and nothing is wider than it", async () => {
  const { context, page } = await visitApp(browser, rig, { viewport: { width: 320, height: 640 } });
  await make(page, ["On the phone"]);
  await page.getByRole("button", { name: "Open sidebar" }).click();
  await untilListed(page, ["On the phone"]);
  await parts(page).items.first().getByRole("link").click();
  await until("the drawer to close", () => page.locator(".sidebar").evaluate((element) => element.inert));
  await say(page, asking("wide", `| a | b | c | d | e |\n|---|---|---|---|---|\n| ${"wide ".repeat(20)} | x | y | z | w |\n\n\`\`\`\n${"long ".repeat(60)}\n\`\`\`\n`));
  await untilAnswered(page);
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "the page scrolls sideways");
  await context.close();
});

test("what is sent offline waits, is seen to wait, and arrives once", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=online tokens=3 delay=0");
  await untilAnswered(page);
  await context.setOffline(true);
  await parts(page).banner.waitFor();
  await say(page, "turn=offline tokens=3 delay=0");
  const waiting = page.locator('[data-role="user"][data-status="sending"]');
  await waiting.waitFor();
  await context.setOffline(false);
  await untilAnswered(page, 2);
  assert.equal(await waiting.count(), 0);
  assert.equal(rig.upstream.of("offline").length, 1);
  await context.close();
});

test("a newer page is offered, and the old one goes on", async () => {
  const { context, page } = await visitApp(browser, rig);
  await page.route(`${rig.base}/`, (route) => route.fulfill({ contentType: "text/html", body: '<script type="module" src="/assets/index-newer.js"></script>' }));
  await page.evaluate(() => dispatchEvent(new Event("edgewise:reconnected")));
  await page.getByTestId("toast").filter({ hasText: "A new version of Edgewise is ready." }).waitFor();
  await say(page, "turn=old tokens=3 delay=0");
  await untilAnswered(page);
  await context.close();
});
