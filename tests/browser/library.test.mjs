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

test("a prompt is kept, found by /, asked for its variables, and put into the message", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
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
  await dialog(page).getByText("Another prompt of yours has that command").waitFor();
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
  await context.close();
});

test("@ chooses a model, and a preset begins a chat", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
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
  assert.match(JSON.stringify(rig.upstream.of("preset")[0].body), /herons only/);
  assert.deepEqual(complaints, []);
  await context.close();
});
