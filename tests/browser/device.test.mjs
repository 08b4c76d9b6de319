// The app as a part of somebody's device, in Chromium: notifications, shortcuts of their own, and that it can be installed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("device");
const browser = await startBrowser();

test("who has asked for it is told by the system that an answer is ready, and nobody else", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  // Stands in for the system, which this browser has none of.
  await context.addInitScript(() => {
    globalThis.told = [];
    globalThis.Notification = class {
      static permission = "default";
      static requestPermission = async () => (globalThis.Notification.permission = "granted");
      constructor(title, { body, tag }) {
        globalThis.told.push({ title, body, tag });
      }
    };
    // Of a page that was asked before.
    if (localStorage.getItem("edgewise.notify")) globalThis.Notification.permission = "granted";
  });
  const look = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  const told = () => page.evaluate(() => globalThis.told);
  await page.reload();
  await say(page, "turn=quiet tokens=4000 delay=10");
  await parts(page).stop.waitFor();
  await look(true);
  await parts(page).stop.click();
  await until("the word in the tab", async () => /^● /.test(await page.title()));
  assert.deepEqual(await told(), []);

  await page.goto(`${rig.base}/settings/appearance`);
  await page.getByRole("switch", { name: "Tell me when an answer is ready" }).click();
  await page.getByRole("switch", { name: "Tell me when an answer is ready", checked: true }).waitFor();
  await page.goto(rig.base);
  await say(page, "turn=loud tokens=4000 delay=10");
  await parts(page).stop.waitFor();
  await look(true);
  await parts(page).stop.click();
  await until("the notification", async () => (await told()).length === 1);
  const [{ title, body, tag }] = await told();
  assert.deepEqual([title, body], ["Answer ready", "turn=loud tokens=4000 delay=10"]);
  assert.equal(tag, new URL(page.url()).pathname.slice("/c/".length));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("shortcuts are of other keys when somebody wants them to be, and of their own again", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await page.goto(`${rig.base}/settings/shortcuts`);
  const list = page.getByTestId("shortcut-list");
  await list.getByRole("button", { name: "New chat: Ctrl+Shift+O" }).click();
  await page.keyboard.press("Control+KeyK");
  await page.getByText("Ctrl+K is for: Search and commands. Press others.").waitFor();
  await page.keyboard.press("Control+Alt+KeyJ");
  await list.getByRole("button", { name: "New chat: Ctrl+Alt+J" }).waitFor();
  await page.goto(rig.base);
  await say(page, "turn=keys tokens=3 delay=0");
  await untilAnswered(page);
  await page.keyboard.press("Control+Shift+KeyO");
  assert.match(new URL(page.url()).pathname, /^\/c\//, "the old keys do nothing");
  await page.keyboard.press("Control+Alt+KeyJ");
  await until("a new chat", () => new URL(page.url()).pathname === "/");
  await page.keyboard.press("Control+Period");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.goto(`${rig.base}/settings/shortcuts`);
  await list.getByRole("button", { name: "Reset: New chat" }).click();
  await list.getByRole("button", { name: "New chat: Ctrl+Shift+O" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the app can be installed", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  const devtools = await context.newCDPSession(page);
  const { data, errors } = await devtools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const { icons, name } = JSON.parse(data);
  assert.equal(name, "Edgewise");
  for (const { src, sizes, type } of icons) {
    const answer = await page.request.get(rig.base + src);
    assert.match(answer.headers()["content-type"], new RegExp(`^${type.replace("+", "\\+")}`));
    const drawn = await page.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    if (sizes !== "any") assert.equal(drawn, sizes, src);
  }
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // A window that leaves nothing behind cannot install anything.
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
  assert.deepEqual(complaints, []);
  await context.close();
});
