// What people keep to use again in Chromium: prompts that `/` puts into the message, models by `@`, presets of new chats.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";
import { overflows } from "../support/visit.mjs";

const rig = await Rig.start("library");
const browser = await startBrowser();
const dialog = (page) => page.locator("dialog[open]");

/** A page whose server keeps prompts and presets by the contract; everything else is the server's. */
async function visitLibrary() {
  const kept = { prompts: new Map(), presets: new Map(), created: [] };
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.route(/\/api\/(prompts|presets)(\/[\w-]+)?$/, (route) => {
    const [, kind, , id] = /\/api\/(prompts|presets)(\/([\w-]+))?$/.exec(route.request().url());
    const all = kept[kind];
    const method = route.request().method();
    if (method === "GET") return route.fulfill({ json: { [kind]: [...all.values()] } });
    if (method === "DELETE") return all.delete(id), route.fulfill({ status: 204 });
    const body = route.request().postDataJSON();
    const twin = [...all.values()].find((other) => other.id !== id && kind === "prompts" && other.command === body.command);
    if (twin) return route.fulfill({ status: 409, json: { title: "Conflict", detail: "another prompt has this command", errors: [{ pointer: "/command", detail: "another prompt has this command" }] } });
    const item = { id: id ?? crypto.randomUUID(), ...body, createdAt: "2026-11-21T10:00:00Z", updatedAt: "2026-11-21T10:00:00Z" };
    if (kind === "prompts") item.variables = [...new Set([...body.text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name))];
    all.set(item.id, item);
    return route.fulfill({ status: id ? 200 : 201, json: item });
  });
  await context.route("**/api/chat/conversations", (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const { presetId, ...rest } = route.request().postDataJSON();
    kept.created.push(presetId);
    return route.continue({ postData: JSON.stringify({ ...rest, ...(kept.presets.get(presetId) ? { systemPrompt: kept.presets.get(presetId).systemPrompt } : {}) }) });
  });
  return { ...(await visitApp(browser, rig, { context })), kept };
}
async function leave(context) {
  await context.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
}

test("a prompt is kept, found by /, asked for its variables, and put into the message", async () => {
  const { context, page, complaints } = await visitLibrary();
  await page.goto(`${rig.base}/settings/prompts`);
  const add = async (title, command, text) => {
    await page.getByRole("button", { name: "New prompt" }).first().click();
    await dialog(page).getByLabel("Title").fill(title);
    await dialog(page).getByLabel("Command").fill(command);
    await dialog(page).getByLabel("Text").fill(text);
    await dialog(page).getByRole("button", { name: "Save" }).click();
  };
  await add("A word", "word", "turn={{turn}} tokens=3 delay=0");
  await page.getByTestId("prompts").getByText("/word").waitFor();
  await add("Twice", "word", "x");
  await dialog(page).getByText("another prompt has this command").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await dialog(page).getByLabel("Command").fill("plain");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await page.getByTestId("prompts").getByText("/plain").waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await overflows(page), false);
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.goto(rig.base);
  const { composer } = parts(page);
  await composer.click();
  await page.keyboard.type("/wo");
  await page.getByTestId("completions").getByText("/word").waitFor();
  assert.ok(await composer.getAttribute("aria-activedescendant"), "a reader hears what is chosen");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.keyboard.press("Enter");
  await dialog(page).getByLabel("turn").fill("filled");
  await dialog(page).getByRole("button", { name: "Insert" }).click();
  await until("the text", async () => (await composer.inputValue()) === "turn=filled tokens=3 delay=0");
  await dialog(page).waitFor({ state: "detached" });
  await composer.press("Enter");
  await untilAnswered(page);
  // What is no command is a message like any other.
  await say(page, "/etc/hosts turn=path tokens=3 delay=0");
  await untilAnswered(page, 2);
  assert.deepEqual(complaints, []);
  await leave(context);
});

test("@ chooses a model, and a preset begins a chat", async () => {
  const { context, page, complaints, kept } = await visitLibrary();
  const { composer } = parts(page);
  await composer.click();
  await page.keyboard.type("hello @test-m");
  await page.getByTestId("completions").getByText("test-model").first().waitFor();
  await page.keyboard.press("Tab");
  await until("the name to go", async () => (await composer.inputValue()) === "hello ");
  assert.match(await page.getByTestId("model-picker").innerText(), /test-model/);
  await composer.fill("");
  assert.equal(await page.getByTestId("preset").count(), 0, "there is nothing to choose");

  await page.goto(`${rig.base}/settings/presets`);
  await page.getByRole("button", { name: "New preset" }).first().click();
  await dialog(page).getByLabel("Name").fill("Herons");
  await dialog(page).getByLabel("System prompt").fill("You speak of herons only.");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await page.getByTestId("presets").getByText("Herons").waitFor();
  await page.goto(rig.base);
  await page.getByTestId("preset").click();
  await page.getByRole("menuitemradio", { name: "Herons" }).click();
  await page.getByTestId("preset").getByText("Preset: Herons").waitFor();
  await say(page, "turn=preset tokens=3 delay=0");
  await untilAnswered(page);
  assert.deepEqual(kept.created, [[...kept.presets.keys()][0]]);
  assert.match(JSON.stringify(rig.upstream.of("preset")[0].body), /herons only/);
  assert.deepEqual(complaints, []);
  await leave(context);
});
