// Artifacts beside the chat in Chromium: opened from an answer, looked at, edited, compared, taken back, renamed and deleted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { overflows } from "../support/visit.mjs";
import { until } from "../support/wait.mjs";

// The built-in model answers, for which every sum is a call of a tool.
const rig = await Rig.start("artifacts", { DEFAULT_MODEL: "", OPENAI_API_KEY: "", OPENAI_BASE_URL: "" });
const browser = await startBrowser();
const ID = "01a1fd76-5467-7000-8000-000000000001";
const at = "2026-11-21T10:00:00.000Z";

/** A page whose server keeps one artifact by the contract, of which the calls of the model's calculator tell. */
async function visitArtifacts(first) {
  const kept = { title: "Heron page", contents: [["model", first]], gone: false };
  const artifact = () => ({ id: ID, title: kept.title, kind: "html", version: kept.contents.length, sizeBytes: kept.contents.at(-1)[1].length, createdAt: at, updatedAt: at });
  const problem = (route, status, detail) => route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ title: "Conflict", status, detail }) });
  const context = await browser.newContext({ viewport: { width: 1400, height: 800 } });
  await context.route(/\/api\/artifacts(\/|\?|$)/, (route) => {
    const url = new URL(route.request().url());
    const method = route.request().method();
    const what = url.pathname.split("/")[4] ?? (url.pathname === "/api/artifacts" ? "list" : "one");
    if (what === "list") return route.fulfill({ json: { artifacts: kept.gone ? [] : [artifact()], nextCursor: null } });
    if (what === "versions") return route.fulfill({ json: { versions: kept.contents.map(([author, text], index) => ({ version: index + 1, sizeBytes: text.length, createdAt: at, author })).reverse() } });
    if (what === "content" && method === "GET") return route.fulfill({ contentType: "text/plain", body: kept.contents[Number(url.searchParams.get("version") ?? kept.contents.length) - 1][1] });
    if (what === "diff") {
      const [from, to] = ["from", "to"].map((name) => Number(url.searchParams.get(name)));
      const lines = (version, op) => kept.contents[version - 1][1].split("\n").map((text) => ({ op, text }));
      return route.fulfill({ json: { from, to, hunks: [{ fromLine: 1, toLine: 1, lines: [...lines(from, "-"), ...lines(to, "+")] }] } });
    }
    if (what === "content") {
      const { content, baseVersion } = route.request().postDataJSON();
      if (baseVersion !== kept.contents.length) return problem(route, 409, `version ${kept.contents.length} is the newest`);
      kept.contents.push(["user", content]);
    }
    if (what === "restore") kept.contents.push(["user", kept.contents[route.request().postDataJSON().version - 1][1]]);
    if (what === "one" && method === "PATCH") kept.title = route.request().postDataJSON().title;
    if (method === "DELETE") return (kept.gone = true), route.fulfill({ status: 204 });
    return route.fulfill({ json: artifact() });
  });
  await context.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      const { event, ...rest } = JSON.parse(frame);
      if (event?.type === "tool.called") Object.assign(event, { toolName: "artifact_create", input: { title: kept.title } });
      if (event?.type === "tool.finished") event.output = { artifactId: ID, version: 1 };
      socket.send(event ? JSON.stringify({ ...rest, event }) : frame);
    });
  });
  return { ...(await visitApp(browser, rig, { context })), kept };
}

test("an artifact opens beside its chat, is edited, compared, taken back, renamed and deleted", async () => {
  const { context, page, complaints, kept } = await visitArtifacts("<h1>Herons</h1>\n<p>They wade.</p>");
  await say(page, "What is 17 * 3?");
  await untilAnswered(page);
  // It opens by itself where there is room, without taking the keyboard away.
  const pane = page.getByTestId("artifacts");
  await pane.getByRole("heading", { name: "Heron page" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "composer");
  await page.frameLocator(".artifacts iframe").getByRole("heading", { name: "Herons" }).waitFor();
  assert.equal(await page.locator(".artifacts iframe").getAttribute("sandbox"), "allow-scripts");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await keepShot(page, "artifact");

  await pane.getByRole("tab", { name: "Edit" }).click();
  await pane.getByLabel("Text").fill("<h1>Egrets</h1>");
  await pane.getByRole("button", { name: "Save as a new version" }).click();
  await until("the new version", () => kept.contents.length === 2);
  await pane.getByRole("tab", { name: "Changes" }).click();
  await pane.getByTestId("diff").getByText("<h1>Egrets</h1>").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);

  // Another device was faster: what is written here stays, and the way on is told.
  await pane.getByRole("tab", { name: "Edit" }).click();
  kept.contents.push(["model", "<h1>Storks</h1>"]);
  await pane.getByLabel("Text").fill("<h1>Bitterns</h1>");
  await pane.getByRole("button", { name: "Save as a new version" }).click();
  await pane.getByText("There is a newer version by now.").waitFor();
  assert.equal(await pane.getByLabel("Text").inputValue(), "<h1>Bitterns</h1>");
  await pane.getByRole("button", { name: "Show the newest" }).click();
  await page.frameLocator(".artifacts iframe").getByRole("heading", { name: "Storks" }).waitFor();

  await pane.getByLabel("Version").selectOption("1");
  await pane.getByRole("button", { name: "Restore version 1" }).click();
  await until("the old text as a new version", () => kept.contents.length === 4 && kept.contents[3][1] === kept.contents[0][1]);
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

  await pane.getByRole("button", { name: "More for this artifact" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.locator("dialog[open]").getByRole("button", { name: "Delete" }).click();
  await pane.getByText("No artifacts here yet").waitFor();
  await pane.getByRole("button", { name: "Close" }).press("Escape");
  await pane.waitFor({ state: "detached" });
  kept.gone = false;
  await parts(page).answers.first().getByTestId("open-artifact").click();
  await pane.getByRole("heading", { name: "All birds" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
});
