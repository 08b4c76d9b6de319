// Agents and their runs in Chromium: an agent is written, changed and taken back; a run asks, goes on without its page and
// through a killed server, is cancelled, and says why it ended.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { faultsInBothThemes } from "../support/axe.mjs";
import { asking, keepShot, startBrowser, visitApp } from "../support/browser.mjs";
import { look } from "../support/looks.mjs";
import { Rig } from "../support/rig.mjs";
import { calling } from "../support/upstream.mjs";
import { overflows } from "../support/visit.mjs";
import { until } from "../support/wait.mjs";

const prices = JSON.stringify({ "test-model": { inputMicroUsd: 3_000_000, outputMicroUsd: 15_000_000 } });
const rig = await Rig.start("agents", { BOOTSTRAP_SECRET, TOOLS_ASK_FIRST: "clock", MODEL_PRICES: prices });
await offerTools(rig);
const browser = await startBrowser();
const dialog = (page) => page.locator("dialog[open]");
const form = (page) => page.getByTestId("agent-form");

/** A new guest at the app. */
async function guest() {
  const visit = await visitApp(browser, rig);
  await visit.page.getByTestId("account-menu").waitFor({ state: "attached" });
  return visit;
}

/** Asks the server as the page's own user, beside the page. */
const beside = (page, method, path, json) =>
  page.evaluate(
    async ([method, path, json]) => {
      const answer = await fetch(path, { method, headers: json ? { "content-type": "application/json" } : {}, body: json && JSON.stringify(json) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, json],
  );

/** A run of a new agent; the page goes to it. */
async function begin(page, input, definition = {}) {
  const agent = await beside(page, "POST", "/api/agents", { name: "Scout", instructions: "Be thorough.", tools: ["clock", "calculator"], ...definition });
  const { summary } = await beside(page, "POST", `/api/agents/${agent.id}/runs`, { input });
  await page.goto(`${rig.base}/runs/${summary.id}`);
  return { agent, run: summary, now: () => beside(page, "GET", `/api/runs/${summary.id}`) };
}
/** What axe finds in either theme; the picture is kept for whoever looks for what went wrong. */
async function check(page, name) {
  const found = await faultsInBothThemes(page);
  await keepShot(page, name);
  return found.map((fault) => `${name}, ${fault}`);
}
const stands = (page, status) => page.locator(`[data-testid="run"][data-status="${status}"]`).waitFor({ timeout: 60_000 });
const step = (page, key) => page.locator(`[data-testid="step"][data-key="${key}"]`);

test("an agent is begun from a template, told what is wrong, kept while it is written, saved, changed, restored and deleted", async () => {
  const { context, page, complaints } = await guest();
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.press("Control+Shift+KeyE");
  await page.getByText("No agents yet").waitFor();
  const found = await check(page, "agents-none");
  await page.getByTestId("templates").getByRole("link", { name: "Planner" }).click();
  await form(page).getByLabel("Name").fill("Travel planner");
  await form(page).getByLabel("Questions to the model").fill("500");
  await page.reload();
  assert.equal(await form(page).getByLabel("Name").inputValue(), "Travel planner", "a reload loses what was written");
  assert.equal(await form(page).getByRole("switch", { name: "Clock" }).getAttribute("aria-checked"), "true");
  found.push(...(await look(page, "agent-editor")));
  await form(page).getByRole("button", { name: "Save" }).click();
  const steps = form(page).getByLabel("Questions to the model");
  await steps.and(page.locator('[aria-invalid="true"]:focus')).waitFor();
  await form(page).getByText("out of the range").waitFor();
  found.push(...(await check(page, "agent-refused")));
  await steps.fill("many");
  await form(page).getByRole("button", { name: "Save" }).click();
  await form(page).getByText("Write a whole number.").waitFor();
  await steps.fill("20");
  await form(page).getByRole("button", { name: "Save" }).click();
  await page.getByTestId("start-form").waitFor();
  const id = new URL(page.url()).pathname.split("/")[2];
  assert.equal((await beside(page, "GET", `/api/agents/${id}`)).definition.budget.steps, 20);
  await page.getByTestId("start-form").getByRole("button", { name: /Plan a weekend/ }).click();
  assert.match(await page.getByTestId("start-form").getByLabel("Task", { exact: true }).inputValue(), /^Plan a weekend/);
  found.push(...(await check(page, "agent")));

  await page.getByRole("link", { name: "Edit" }).click();
  await form(page).getByLabel("Instructions").fill("Plan by bicycle only.");
  await form(page).getByText("Not saved yet").waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByTestId("versions").getByText("Version 1: Travel planner").waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  assert.equal(await form(page).getByLabel("Instructions").inputValue(), "Plan by bicycle only.", "looking elsewhere loses what was written");
  await form(page).getByRole("button", { name: "Save" }).click();
  await page.getByTestId("toast").getByText("Saved as version 2").waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("button", { name: "Show: Version 1" }).click();
  await page.getByText("Ask the clock for today").waitFor();
  found.push(...(await check(page, "agent-history")));
  await page.getByRole("button", { name: "Restore version 1" }).click();
  await page.getByTestId("toast").getByText("Saved as version 3").waitFor();
  assert.match((await beside(page, "GET", `/api/agents/${id}`)).definition.instructions, /Ask the clock/);

  await beside(page, "POST", "/api/agents", { name: "Herons", description: "Counts birds." });
  await page.goto(`${rig.base}/agents`);
  await page.getByTestId("agents").getByRole("link", { name: "Herons" }).waitFor();
  found.push(...(await look(page, "agents")));
  await page.getByLabel("Search").fill("travel");
  await page.getByTestId("agents").getByRole("link", { name: "Herons" }).waitFor({ state: "detached" });
  await page.getByTestId("agents").getByRole("link", { name: "Travel planner" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await page.getByTestId("agents").getByRole("link", { name: "Herons" }).waitFor();
  assert.equal((await beside(page, "GET", "/api/agents")).agents.length, 1);
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a run is started once, asks, survives a reload, and is allowed by keys; its steps, cost and result are shown", async () => {
  const { context, page, complaints } = await guest();
  const answer = "## Wading birds\n\n**Three** herons, counted at dawn.\n\n| bird | count |\n|---|---:|\n| Grey heron | 3 |\n";
  const agent = await beside(page, "POST", "/api/agents", { name: "Bird counter", tools: ["clock", "calculator"] });
  await page.goto(`${rig.base}/agents/${agent.id}`);
  // The answer to the first start is lost on its way: the same task again is the same run.
  let starts = 0;
  await page.route("**/api/agents/*/runs", async (route) => {
    starts += 1;
    if (starts > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const task = "How many herons were counted at the pond this morning, and what time is it there?";
  rig.upstream.stage(task, asking("birds", answer, calling({ name: "calculator", input: { expression: "1+2" } }, { name: "clock", input: {} })));
  await page.getByTestId("start-form").getByLabel("Task", { exact: true }).fill(task);
  await page.keyboard.press("Control+Enter");
  await page.getByText("The server cannot be reached.").waitFor();
  await page.keyboard.press("Control+Enter");
  await stands(page, "waiting");
  assert.equal((await beside(page, "GET", `/api/runs?agentId=${agent.id}`)).runs.length, 1);
  await page.reload();
  await page.getByTestId("approval").getByText("Clock").waitFor();
  await page.locator('[data-testid="wire"][data-phase="live"]').waitFor();
  const found = await look(page, "run-waiting");
  await page.keyboard.press("Control+Alt+Enter");
  await stands(page, "completed");
  await until("the tab to say so", async () => (await page.title()) === "Done: Bird counter · Edgewise");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "status", "the keyboard is lost with what was pressed");
  await page.getByTestId("run-output").getByRole("cell", { name: "Grey heron" }).waitFor();
  await step(page, "call_1_1").getByText("You allowed it.").waitFor();
  await step(page, "answer-0").getByText(/→ .* tokens · \$/).waitFor();
  assert.equal(await page.getByTestId("wire").count(), 0, "nothing is live that has ended");
  await page.evaluate(() => document.activeElement.blur());
  found.push(...(await look(page, "run")));
  await step(page, "call_1_0").locator("summary").click();
  await step(page, "call_1_0").getByText('"3"').first().waitFor();
  const shown = await page.getByTestId("steps").innerText();
  await page.reload();
  await step(page, "answer-0").getByText(/→ .* tokens · \$/).waitFor();
  await step(page, "call_1_0").locator("summary").click();
  assert.equal(await page.getByTestId("steps").innerText(), shown, "a reload shows something else");
  found.push(...(await check(page, "run-steps")));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator("main h2").first().scrollIntoViewIfNeeded();
  found.push(...(await look(page, "run-narrow")));
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a denied call tells why, a run that is cancelled ends, and one over its budget says what to do", async () => {
  const { context, page, complaints } = await guest();
  const tide = "When is high water at Dover today?";
  rig.upstream.stage(tide, `turn=denied tokens=2 delay=0 ${calling({ name: "clock", input: {} })}`);
  const { now } = await begin(page, tide, { name: "Harbour master" });
  await page.getByLabel("Why not").fill("No clocks here.");
  await page.getByRole("button", { name: /^Deny/ }).click();
  await stands(page, "completed");
  await step(page, "call_1_0").getByText("You denied it: No clocks here.").waitFor();
  assert.deepEqual((await now()).approvals, []);
  await page.getByRole("button", { name: "Run again" }).click();
  assert.match(await page.getByTestId("start-form").getByLabel("Task", { exact: true }).inputValue(), /^When is high water/);

  const list = "Make a packing list for a week at the coast.";
  rig.upstream.stage(list, "turn=long tokens=400 delay=50");
  await begin(page, list, { name: "Planner" });
  await stands(page, "running");
  await page.getByTestId("cancel-run").click();
  await stands(page, "cancelled");

  await begin(page, "turn=again tokens=4 delay=0 fault=500 times=1", { name: "Twice" });
  await stands(page, "completed");
  await step(page, "answer-0").getByText("2 attempts").waitFor();
  await step(page, "answer-0").getByText(/^Attempt 1 failed: /).waitFor();

  const pumps = "Which heat pump suits a house of the 1970s? Compare three kinds.";
  rig.upstream.stage(pumps, asking("over", "Wanted: a comparison of **three kinds** of heat pumps for one old house."));
  await begin(page, pumps, { name: "Researcher", workflow: "research", budget: { steps: 2 } });
  await stands(page, "failed");
  await page.getByText("Raise the agent’s budget").waitFor();
  assert.deepEqual(await page.getByTestId("steps").locator(":scope > li").evaluateAll((phases) => phases.map(({ dataset }) => dataset.state)), ["done", "done", "stopped", "todo", "todo"]);
  const found = await check(page, "run-over-budget");
  await page.goto(`${rig.base}/runs`);
  await page.getByTestId("runs").getByRole("row").nth(4).waitFor();
  found.push(...(await look(page, "runs")));
  await page.getByLabel("State").selectOption("Cancelled");
  await until("one row", async () => (await page.getByTestId("runs").getByRole("row").count()) === 2);
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the page says honestly that it hears nothing, and goes on where it was when the server is back", { timeout: 180_000 }, async () => {
  const { context, page, complaints } = await guest();
  await begin(page, `turn=killed tokens=20 delay=0 ${calling({ name: "clock", input: {} })}`);
  await stands(page, "waiting");
  const wire = (phase) => page.locator(`[data-testid="wire"][data-phase="${phase}"]`).waitFor({ timeout: 60_000 });
  await wire("live");
  await context.setOffline(true);
  await wire("waiting");
  await context.setOffline(false);
  await wire("live");
  await rig.kill();
  await wire("waiting");
  assert.ok(await page.getByTestId("approval").isVisible(), "what is known stays");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await rig.restart();
  await wire("live");
  await page.getByRole("button", { name: /^Allow/ }).click();
  await stands(page, "completed");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a run that was cut short goes on in another, and one that pauses says until when", async () => {
  const { context, page, complaints } = await guest();
  const { run } = await begin(page, "turn=goon tokens=3 delay=0", { workflow: "research", budget: { steps: 2 } });
  await stands(page, "failed");
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await overflows(page), false, "two buttons are too wide");
  await page.setViewportSize({ width: 1280, height: 860 });
  const seen = [`/runs/${run.id}`];
  const onwards = async (status) => {
    await page.getByTestId("go-on").click();
    await page.waitForURL(({ pathname }) => !seen.includes(pathname));
    seen.push(new URL(page.url()).pathname);
    await stands(page, status);
  };
  await onwards("failed");
  await onwards("completed");
  assert.equal(await page.getByTestId("step").count(), 5, "what was done is carried over");
  assert.equal(await page.getByTestId("go-on").count(), 0);

  await begin(page, `turn=nap tokens=1 delay=0 ${calling({ name: "sleep", input: { seconds: 3600 } })}`, { tools: ["sleep"] });
  await stands(page, "waiting");
  await page.getByText("It pauses until").waitFor();
  assert.equal(await page.getByTestId("approval").count(), 0);
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.getByTestId("cancel-run").click();
  await stands(page, "cancelled");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("they are found where people look, on a phone, from the right, and in longer words", async () => {
  const { context, page, complaints } = await guest();
  const task = "Which birds winter at the coast?";
  rig.upstream.stage(task, asking("wide", "Brent geese, knots and sanderlings."));
  const { agent, run } = await begin(page, task, { workflow: "research", starters: ["A task that is longer than the window of a phone is wide, by far"] });
  await stands(page, "completed");
  await page.goto(rig.base);
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.press("Control+KeyK");
  await page.keyboard.type("Runs");
  await page.getByTestId("palette-entry").getByText("Runs", { exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByTestId("runs").getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await stands(page, "completed");
  await page.goto(rig.base);
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.type("Count the geese @sco");
  await page.getByTestId("completions").getByText("Scout").waitFor();
  await page.keyboard.press("Tab");
  await until("the task to be there", async () => (await page.getByTestId("start-form").getByLabel("Task", { exact: true }).inputValue()) === "Count the geese");
  await page.goto(rig.base);
  await page.getByTestId("agents-link").click();
  await page.getByTestId("agents").getByRole("link", { name: "Scout" }).waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  const found = [];
  for (const language of ["en-XA", "de", "ar"]) {
    await page.evaluate((wanted) => localStorage.setItem("edgewise.language", wanted), language);
    for (const path of ["/agents", "/agents/new?from=researcher", `/agents/${agent.id}`, `/agents/${agent.id}/edit`, `/agents/${agent.id}/history`, "/runs", `/runs/${run.id}`]) {
      await page.goto(rig.base + path);
      await page.locator("main .panel").first().waitFor();
      await until("it to be drawn", async () => (await page.locator('[aria-busy="true"]').count()) === 0);
      assert.equal(await overflows(page), false, `${path} is too wide in ${language}`);
      if (language === "ar") found.push(...(await faultsInBothThemes(page)).map((fault) => `${path}: ${fault}`));
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${rig.base}/runs/${run.id}`);
  await stands(page, "completed");
  found.push(...(await check(page, "run-arabic")));
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
  await context.close();
});
