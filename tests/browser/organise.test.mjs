// Conversations are kept in order in Chromium: pins, the archive, folders and tags, and the settings of one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("organise");
const browser = await startBrowser();

/** The page of somebody who has conversations of these titles. */
async function visitWith(titles) {
  const visit = await visitApp(browser, rig);
  await visit.page.getByTestId("account-menu").waitFor({ state: "attached" });
  await visit.page.evaluate(async (names) => {
    for (const title of names) await fetch("/api/chat/conversations", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ title }) });
  }, titles);
  await untilListed(visit.page, titles);
  return visit;
}
const listed = async (page) => (await parts(page).items.locator("a").allInnerTexts()).map((text) => text.split("\n")[0]);
/** The page asks anew when somebody comes back to it; a conversation is in the list soon after it was made. */
const untilListed = (page, wanted) =>
  until(`the list to be ${wanted}`, async () => {
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    return (await listed(page)).toSorted().join() === wanted.toSorted().join();
  });
const pick = async (page, title, name) => {
  const place = parts(page).items.filter({ hasText: title });
  // The list may move away under a pointer; the focus goes along.
  await place.getByRole("link").focus();
  await place.getByRole("button", { name: `More for ${title}` }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
};
const narrow = async (page, name) => {
  await page.getByTestId("filter").click();
  await page.getByRole("menuitemradio", { name, exact: true }).click();
};
const dialog = (page) => page.locator("dialog[open]");

test("conversations are pinned, archived, and put into folders and under tags", async () => {
  const { context, page, complaints } = await visitWith(["Owls", "Herons", "Taxes"]);
  await pick(page, "Owls", "Pin");
  await page.getByRole("heading", { name: "Pinned" }).waitFor();
  assert.equal((await listed(page))[0], "Owls");

  await pick(page, "Taxes", "Folder and tags");
  await dialog(page).getByLabel("Folder").fill("Work");
  await dialog(page).getByLabel("Tags").fill("money, 2026");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.keyboard.press("Enter");
  await dialog(page).waitFor({ state: "detached" });
  await until("the labels", async () => (await page.getByTestId("labels").allInnerTexts()).join() === "Work #money #2026");

  // The server narrows: what is asked for anew is what was changed.
  await narrow(page, "Work");
  await untilListed(page, ["Taxes"]);
  await narrow(page, "#2026");
  await untilListed(page, ["Taxes"]);
  await page.getByRole("button", { name: "Show all chats" }).click();
  await untilListed(page, ["Owls", "Herons", "Taxes"]);

  await pick(page, "Herons", "Archive");
  await untilListed(page, ["Owls", "Taxes"]);
  await page.reload();
  await untilListed(page, ["Owls", "Taxes"]);
  await page.getByRole("heading", { name: "Pinned" }).waitFor();
  await narrow(page, "Archive");
  await untilListed(page, ["Herons"]);
  await pick(page, "Herons", "Take out of the archive");
  await untilListed(page, []);
  await page.getByTestId("toast").getByRole("button", { name: "Undo" }).click();
  await untilListed(page, ["Herons"]);
  await pick(page, "Herons", "Take out of the archive");
  await page.getByRole("button", { name: "Show all chats" }).click();
  await untilListed(page, ["Owls", "Herons", "Taxes"]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("several are chosen, archived and deleted, with a way back", async () => {
  const { context, page, complaints } = await visitWith(["Owls", "Herons", "Taxes", "Boats"]);
  const bar = page.getByTestId("choose-bar");
  const box = (title) => page.getByRole("checkbox", { name: title });
  await pick(page, "Owls", "Choose several");
  await until("the keyboard at the first box", () => box("Owls").evaluate((element) => element === document.activeElement));
  assert.ok(await box("Owls").isChecked());
  await box("Taxes").check();
  await bar.getByText("Chosen: 2").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await bar.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Conversations deleted: 2").first().waitFor();
  await until("two fewer", async () => (await listed(page)).toSorted().join() === "Boats,Herons");
  await page.getByRole("button", { name: "Undo" }).click();
  await until("all of them again", async () => (await listed(page)).toSorted().join() === "Boats,Herons,Owls,Taxes");

  await pick(page, "Boats", "Choose several");
  await page.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  await pick(page, "Boats", "Choose several");
  await box("Herons").check();
  await bar.getByRole("button", { name: "Archive" }).click();
  await page.getByText("Put into the archive: 2").first().waitFor();
  await untilListed(page, ["Owls", "Taxes"]);
  await narrow(page, "Archive");
  await untilListed(page, ["Boats", "Herons"]);
  await pick(page, "Boats", "Choose several");
  await bar.getByRole("button", { name: "Take out of the archive" }).click();
  await untilListed(page, ["Herons"]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a conversation has settings, which its next answer is asked with", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, "turn=first tokens=3 delay=0");
  await untilAnswered(page);
  await page.getByTestId("conversation-settings").click();
  const form = page.getByTestId("conversation-form");
  await form.getByLabel("System prompt").fill("You speak of herons only.");
  await form.getByLabel("Temperature").fill("0.25");
  await form.getByLabel("Longest answer (tokens)").fill("77");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await keepShot(page, "conversation-settings");
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "the page scrolls sideways");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });

  await say(page, "turn=second tokens=3 delay=0");
  await untilAnswered(page, 2);
  const [{ body }] = rig.upstream.of("second");
  assert.match(JSON.stringify(body), /herons only/);
  assert.equal(body.temperature, 0.25);

  await page.getByTestId("conversation-settings").click();
  assert.equal(await form.getByLabel("Temperature").inputValue(), "0.25");
  await form.getByRole("button", { name: "Use the defaults" }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await say(page, "turn=third tokens=3 delay=0");
  await untilAnswered(page, 3);
  assert.equal(rig.upstream.of("third")[0].body.temperature, undefined);
  assert.deepEqual(complaints, []);
  await context.close();
});
