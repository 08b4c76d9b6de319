// Artifacts beside the chat in Chromium: opened from an answer, looked at, edited, compared, taken back, renamed and deleted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { overflows } from "../support/visit.mjs";
import { calling } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("artifacts", { BOOTSTRAP_SECRET });
await offerTools(rig);
const browser = await startBrowser();
const FIRST = "<h1>Herons</h1>\n<p>They wade.</p>";

/** Asks the server as the page's own user, beside the page. */
const beside = (page, method, path, json) =>
  page.evaluate(
    async ([method, path, json]) => {
      const answer = await fetch(path, { method, headers: json ? { "content-type": "application/json" } : {}, body: json && JSON.stringify(json) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return path.includes("/content") && method === "GET" ? answer.text() : answer.json();
    },
    [method, path, json],
  );

test("an artifact opens beside its chat, is edited, compared, taken back, renamed and deleted", async () => {
  const { context, page, complaints } = await visitApp(browser, rig, { viewport: { width: 1400, height: 800 } });
  const written = calling({ name: "artifact_create", input: { title: "Heron page", kind: "html", content: FIRST } });
  await say(page, `turn=page tokens=30 delay=20 ${written}`);
  await untilAnswered(page);
  const { artifacts } = await beside(page, "GET", "/api/artifacts");
  const path = `/api/artifacts/${artifacts[0].id}`;
  const version = async () => (await beside(page, "GET", path)).version;
  // It opens by itself where there is room, without taking the keyboard away.
  const pane = page.getByTestId("artifacts");
  await pane.getByRole("heading", { name: "Heron page" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "composer");
  await page.frameLocator(".artifacts iframe").getByRole("heading", { name: "Herons" }).waitFor();
  assert.equal(await page.locator(".artifacts iframe").getAttribute("sandbox"), "allow-scripts");
  assert.deepEqual(await faultsInBothThemes(page), []);
  // The frame was made anew with the theme.
  await page.frameLocator(".artifacts iframe").getByRole("heading", { name: "Herons" }).waitFor();
  await keepShot(page, "artifact");

  await pane.getByRole("tab", { name: "Edit" }).click();
  await pane.getByLabel("Text").fill("<h1>Egrets</h1>");
  await pane.getByRole("button", { name: "Save as a new version" }).click();
  await until("the new version", async () => (await version()) === 2);
  await pane.getByRole("tab", { name: "Changes" }).click();
  await pane.getByTestId("diff").getByText("<h1>Egrets</h1>").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);

  // Another device was faster: what is written here stays, and the way on is told.
  await pane.getByRole("tab", { name: "Edit" }).click();
  await beside(page, "PUT", `${path}/content`, { content: "<h1>Storks</h1>", baseVersion: 2 });
  await pane.getByLabel("Text").fill("<h1>Bitterns</h1>");
  await pane.getByRole("button", { name: "Save as a new version" }).click();
  await pane.getByText("There is a newer version by now.").waitFor();
  assert.equal(await pane.getByLabel("Text").inputValue(), "<h1>Bitterns</h1>");
  await pane.getByRole("button", { name: "Show the newest" }).click();
  await page.frameLocator(".artifacts iframe").getByRole("heading", { name: "Storks" }).waitFor();

  await pane.getByLabel("Version").selectOption("1");
  await pane.getByRole("button", { name: "Restore version 1" }).click();
  await until("the old text as a new version", async () => (await version()) === 4);
  assert.equal(await beside(page, "GET", `${path}/content`), FIRST);
  const [file] = await Promise.all([page.waitForEvent("download"), pane.getByRole("button", { name: "Download" }).click()]);
  assert.equal(file.suggestedFilename(), "Heron page.html");
  assert.match(readFileSync(await file.path(), "utf8"), /Herons/);

  await pane.getByRole("button", { name: "More for this artifact" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await pane.getByLabel("Title").fill("All birds");
  await page.keyboard.press("Enter");
  await pane.getByRole("heading", { name: "All birds" }).waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await overflows(page), false);
  await page.setViewportSize({ width: 1400, height: 800 });

  await pane.getByRole("button", { name: "Close" }).press("Escape");
  await pane.waitFor({ state: "detached" });
  await parts(page).answers.first().getByTestId("open-artifact").click();
  await pane.getByRole("heading", { name: "All birds" }).waitFor();
  await pane.getByRole("button", { name: "More for this artifact" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.locator("dialog[open]").getByRole("button", { name: "Delete" }).click();
  await pane.getByText("No artifacts here yet").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
