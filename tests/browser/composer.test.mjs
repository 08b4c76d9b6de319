// The message box in Chromium: keys, drafts, files on their way up, and who shall answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { administrator, BOOTSTRAP_SECRET } from "../support/administrator.mjs";
import { keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("composer", { BOOTSTRAP_SECRET, MAX_FILE_SIZE_MB: "8" });
const browser = await startBrowser();

const ann = await administrator(rig);
const price = { inputMicroUsd: 3_000_000, outputMicroUsd: 15_000_000 };
await ann.expect(200, "PUT", "/api/admin/models/heron-large", { json: { title: "Heron Large", abilities: { vision: true, contextTokens: 200_000 }, routes: [{ provider: "openai", model: "heron-l", price }] } });
await ann.expect(200, "PUT", "/api/admin/models/heron-small", { json: { title: "Heron Small", abilities: {}, routes: [{ provider: "openai", model: "heron-s" }] } });

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const chips = (page) => page.getByTestId("chip");
const asked = (turn) => rig.upstream.of(turn).at(-1).body;

test("Enter sends, Shift+Enter begins a line, Ctrl+Enter sends, and an input method's Enter does not", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  const { composer, questions } = parts(page);
  await composer.fill("turn=keys tokens=3 delay=0");
  await composer.press("Shift+Enter");
  await page.keyboard.type("second line");
  await composer.evaluate((area) => area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true })));
  assert.equal(await questions.count(), 0);
  await composer.press("Enter");
  await untilAnswered(page);
  assert.equal(await questions.first().getByTestId("message-text").innerText(), "turn=keys tokens=3 delay=0\nsecond line");
  await composer.fill("turn=keys2 tokens=3 delay=0");
  await composer.press("Control+Enter");
  await untilAnswered(page, 2);
  assert.equal(await composer.inputValue(), "");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a draft is its chat's, and outlives a reload", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=draft tokens=3 delay=0");
  await untilAnswered(page);
  await parts(page).composer.fill("half a thought");
  await page.getByTestId("new-chat").click();
  assert.equal(await parts(page).composer.inputValue(), "");
  await parts(page).items.first().getByRole("link").click();
  await until("the draft", async () => (await parts(page).composer.inputValue()) === "half a thought");
  await page.reload();
  await until("the draft after a reload", async () => (await parts(page).composer.inputValue()) === "half a thought");
  await context.close();
});

test("the model is searched for, chosen by keys, and answers", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await page.keyboard.press("Control+Shift+KeyM");
  const options = page.getByTestId("model-option");
  await until("the list", async () => (await options.count()) >= 3);
  await page.keyboard.type("heron lar");
  await until("one that fits", async () => (await options.count()) === 1);
  const text = await options.first().innerText();
  assert.match(text, /Vision · 200K context\s+\$3\.00 in · \$15\.00 out/);
  await keepShot(page, "model-picker");
  await page.keyboard.press("Enter");
  await until("the choice to be told", async () => /Heron Large/.test(await page.getByTestId("model-picker").innerText()));
  // The keyboard is back where one writes.
  await page.keyboard.type("turn=picked tokens=3 delay=0");
  await page.keyboard.press("Enter");
  await untilAnswered(page);
  assert.equal(asked("picked").model, "heron-l");
  await page.reload();
  await until("the model of the chat", async () => /Heron Large/.test(await page.getByTestId("model-picker").innerText()));
  // 7 tokens were read, as many written as it said; the other model's context is not known.
  await page.getByTestId("context-meter").click();
  assert.match(await page.getByRole("meter", { name: "Context in use" }).getAttribute("aria-valuetext"), /^0\s?%$/);
  await page.getByText(/ of 200,000 tokens, as of the last answer/).waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("files are picked, shown, and read by the model", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await page.getByTestId("file-input").setInputFiles([
    { name: "note.md", mimeType: "text/markdown", buffer: Buffer.from("The code word is heron.") },
    { name: "dot.png", mimeType: "image/png", buffer: png },
  ]);
  await until("both to be there", async () => (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 2);
  await keepShot(page, "chips");
  // What is there outlives a reload.
  await page.reload();
  await until("both after a reload", async () => (await chips(page).count()) === 2);
  await say(page, "turn=files tokens=3 delay=0");
  await untilAnswered(page);
  assert.match(JSON.stringify(asked("files").messages), /The code word is heron\./);
  assert.equal(await chips(page).count(), 0);
  const question = parts(page).questions.first();
  await until("the image to be drawn", async () => (await question.locator("img").evaluate((image) => image.complete && image.naturalWidth)) === 1);
  assert.match(await question.innerText(), /note\.md/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a file of the chat goes along once more by #, and taken away from the box it stays where it was", async () => {
  const { context, page } = await visitApp(browser, rig);
  await page.getByTestId("file-input").setInputFiles({ name: "heron.md", mimeType: "text/markdown", buffer: Buffer.from("The heron is grey.") });
  await until("the file", async () => (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 1);
  await say(page, "turn=first tokens=3 delay=0");
  await untilAnswered(page);
  const { composer } = parts(page);
  const choose = async () => {
    await composer.fill("");
    await composer.pressSequentially("#her");
    await page.getByRole("option", { name: /heron\.md/ }).waitFor();
    await composer.press("Enter");
    await until("the chip", async () => (await chips(page).count()) === 1);
    assert.equal(await composer.inputValue(), "");
  };
  await choose();
  await page.getByRole("button", { name: "Remove heron.md" }).click();
  await until("no chip", async () => (await chips(page).count()) === 0);
  await choose();
  await say(page, "turn=again tokens=3 delay=0");
  await untilAnswered(page, 2);
  assert.match(JSON.stringify(asked("again").messages.at(-1)), /The heron is grey\./);
  await context.close();
});

/** Ears that hear what the test says. */
const ears = () => {
  globalThis.SpeechRecognition = globalThis.webkitSpeechRecognition = class {
    start() {
      globalThis.heard = (pieces, resultIndex) => this.onresult?.({ resultIndex, results: pieces.map((transcript) => [{ transcript }]) });
      globalThis.refused = () => (this.onerror({ error: "not-allowed" }), this.onend());
    }
    abort() {
      this.onend?.();
    }
  };
};

test("what is spoken is written, where the browser can hear", async () => {
  const context = await browser.newContext();
  await context.addInitScript(ears);
  const { page, complaints } = await visitApp(browser, rig, { context });
  const { composer } = parts(page);
  const dictate = page.getByTestId("dictate");
  await composer.fill("turn=spoken tokens=2 delay=0");
  await dictate.click();
  await dictate.and(page.locator('[aria-pressed="true"]')).waitFor();
  await page.evaluate(() => globalThis.heard(["hello"], 0));
  await page.evaluate(() => globalThis.heard(["hello heron"], 0));
  assert.equal(await composer.inputValue(), "turn=spoken tokens=2 delay=0 hello heron");
  await composer.press("Enter");
  await untilAnswered(page);
  await dictate.and(page.locator('[aria-pressed="false"]')).waitFor();
  await page.evaluate(() => globalThis.heard(["too late"], 0));
  assert.equal(await composer.inputValue(), "");
  await dictate.click();
  await page.evaluate(() => globalThis.refused());
  await page.getByText("The browser may not use the microphone").waitFor();
  await dictate.and(page.locator('[aria-pressed="false"]')).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();

  const deaf = await browser.newContext();
  await deaf.addInitScript(() => (delete globalThis.webkitSpeechRecognition, delete globalThis.SpeechRecognition));
  const other = await visitApp(browser, rig, { context: deaf });
  await parts(other.page).send.waitFor();
  assert.equal(await other.page.getByTestId("dictate").count(), 0);
  await deaf.close();
});

test("dropped and pasted files are taken, a long paste is offered as one", async () => {
  const { context, page } = await visitApp(browser, rig);
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["dropped words"], "dropped.txt", { type: "text/plain" }));
    return data;
  });
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await page.getByTestId("drop-overlay").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await page.getByTestId("drop-overlay").waitFor({ state: "hidden" });
  await until("the dropped file", async () => (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 1);

  await parts(page).composer.evaluate((area) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["pasted words"], "pasted.txt", { type: "text/plain" }));
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await until("the pasted file", async () => (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 2);

  await parts(page).composer.evaluate((area) => {
    const text = "long ".repeat(1000);
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    area.focus();
    if (area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))) document.execCommand("insertText", false, text);
  });
  await page.getByRole("button", { name: "Attach it as a file" }).click();
  await until("the long paste as a file", async () => (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 3);
  assert.equal((await parts(page).composer.inputValue()).trim(), "");
  await context.close();
});

test("an upload that fails says why, is tried again, and nothing is sent before it is there", async () => {
  const { context, page } = await visitApp(browser, rig);
  await page.route("**/api/chat/attachments?*", (route) => route.fulfill({ status: 500, json: { detail: "something broke" } }), { times: 1 });
  await page.getByTestId("file-input").setInputFiles({ name: "note.md", mimeType: "text/markdown", buffer: Buffer.from("words") });
  await until("the failure", async () => (await chips(page).first().getAttribute("data-status")) === "failed");
  await parts(page).composer.fill("turn=never tokens=1");
  assert.ok(await parts(page).send.isDisabled());
  await page.getByRole("button", { name: "Retry note.md" }).click();
  await until("the file", async () => (await chips(page).first().getAttribute("data-status")) === "ready");
  assert.ok(await parts(page).send.isEnabled());
  // What the server refuses is told in its words.
  await page.getByTestId("file-input").setInputFiles({ name: "song.mp4", mimeType: "video/mp4", buffer: Buffer.from("not a film") });
  await until("the refusal", async () => (await chips(page).nth(1).getAttribute("data-status")) === "failed");
  assert.ok((await chips(page).nth(1).getByRole("alert").innerText()).length > 10);
  await page.getByRole("button", { name: "Remove song.mp4" }).click();
  await until("one chip", async () => (await chips(page).count()) === 1);
  await context.close();
});

test("a large file goes up in parts, and on by itself from where it broke", async () => {
  const { context, page } = await visitApp(browser, rig);
  const sent = [];
  page.on("request", (request) => request.method() === "PUT" && sent.push(new URL(request.url()).pathname.split("/").at(-1)));
  await page.route("**/parts/2", (route) => route.abort(), { times: 1 });
  await page.getByTestId("file-input").setInputFiles({ name: "big.txt", mimeType: "text/plain", buffer: Buffer.alloc(6 * 1024 * 1024, "word ") });
  await until("the file", async () => (await chips(page).first().getAttribute("data-status")) === "ready", 20_000);
  assert.deepEqual(sent, ["1", "2", "2"]);
  await context.close();
});

test("ten files go up three at a time, around what the server is too busy for, and one that waits is taken away", async () => {
  const { context, page } = await visitApp(browser, rig);
  const held = [];
  const tries = new Map();
  await page.route("**/api/chat/attachments?*", (route) => {
    const name = new URL(route.request().url()).searchParams.get("name");
    tries.set(name, (tries.get(name) ?? 0) + 1);
    if (name === "3.txt" && tries.get(name) === 1) return route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: { detail: "busy" } });
    held.push(route);
  });
  await page.getByTestId("file-input").setInputFiles(Array.from({ length: 10 }, (_, at) => ({ name: `${at}.txt`, mimeType: "text/plain", buffer: Buffer.from(`words ${at}`) })));
  await until("three on their way", () => held.length === 3);
  assert.deepEqual([await page.locator('[data-status="uploading"]').count(), await page.locator('[data-status="waiting"]').count()], [3, 7]);
  await chips(page).nth(9).getByText("Waiting…").waitFor();
  await page.getByRole("button", { name: "Cancel 9.txt" }).click();
  await until("nine chips", async () => (await chips(page).count()) === 9);
  await until("all of them", async () => {
    // One after the other, so that a fourth would be seen.
    assert.ok(held.length <= 3, `${held.length} at a time`);
    await held.shift()?.continue();
    return (await page.locator('[data-testid="chip"][data-status="ready"]').count()) === 9;
  });
  assert.deepEqual([tries.get("3.txt"), tries.get("9.txt")], [2, undefined]);
  await context.close();
});

test("what is written while an answer runs is queued, seen, and can be taken away; Esc stops", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=runs tokens=4000 delay=10");
  await parts(page).stop.waitFor();
  await say(page, "turn=waits tokens=3 delay=0");
  const queued = page.locator('[data-role="user"][data-status="queued"]');
  await queued.waitFor();
  await queued.getByRole("button", { name: "Cancel" }).click();
  await until("no queue", async () => (await queued.count()) === 0);
  await page.keyboard.press("Escape");
  await until("the stop", async () => (await parts(page).answers.first().getAttribute("data-status")) === "stopped");
  assert.equal(rig.upstream.of("waits").length, 0);
  await context.close();
});
