// Messages in Chromium: thoughts, failures, versions, copies, long histories, and the end that stays in view.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { Api } from "../support/api.mjs";
import { asking, keepShot, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const secret = "the secret of the first administrator";
const rig = await Rig.start("messages", { BOOTSTRAP_SECRET: secret, IDLE_TIMEOUT_MS: "900" });
const browser = await startBrowser();

const ann = new Api(rig.base);
ann.token = (await ann.expect(201, "POST", "/api/auth/signup", { json: { email: "ann@example.org", password: "correct horse battery" } })).accessToken;
await ann.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });
const price = { inputMicroUsd: 3_000_000, outputMicroUsd: 15_000_000 };
await ann.expect(200, "PUT", "/api/admin/models/thinker", { json: { title: "Thinker", abilities: { reasoning: true }, routes: [{ provider: "openai", model: "thinker-1", price }] } });

const answer = (page) => parts(page).answers.last();
const versions = (place) => place.getByTestId("versions").innerText();

test("thoughts are closed until they are asked for, and what an answer took is told", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await page.keyboard.press("Control+Shift+KeyM");
  await page.keyboard.type("thinker");
  await until("the model", async () => (await page.getByTestId("model-option").count()) === 1);
  await page.keyboard.press("Enter");
  await say(page, "turn=thinks tokens=12 delay=20 think=3");
  await untilAnswered(page);
  const thoughts = answer(page).getByTestId("reasoning");
  assert.equal(await thoughts.evaluate((element) => element.open), false);
  await thoughts.locator("summary").click();
  await until("the thoughts", async () => /thought 2/.test(await thoughts.innerText()));
  const meta = await answer(page).getByTestId("message-meta").innerText();
  assert.match(meta, /Thinker.*tokens.*\$0\.00/s);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an edit and another answer are versions, and one can go back and forth", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, asking("v1", "The first answer."));
  await untilAnswered(page);
  await answer(page).getByTestId("regenerate").click();
  await until("the second version", async () => (await answer(page).getByTestId("versions").count()) === 1 && /2\/2/.test(await versions(answer(page))));
  await untilAnswered(page);
  assert.equal(rig.upstream.of("v1").length, 2);

  // ↑ in the empty box opens the last message.
  await parts(page).composer.press("ArrowUp");
  await page.getByTestId("editor").fill(asking("v2", "Answer to the edit."));
  await page.keyboard.press("Enter");
  await until("the new branch", async () => /Answer to the edit/.test(await answer(page).innerText()));
  assert.match(await versions(parts(page).questions.first()), /2\/2/);
  await parts(page).questions.first().getByRole("button", { name: "Previous version" }).click();
  await until("the old branch", async () => /The first answer/.test(await answer(page).innerText()));
  // What is sent now follows what is shown.
  await say(page, asking("v3", "After the old branch."));
  await untilAnswered(page, 2);
  const contents = rig.upstream.of("v3")[0].body.messages.map(({ content }) => JSON.stringify(content)).join("\n");
  assert.match(contents, /The first answer\./);
  assert.doesNotMatch(contents, /Answer to the edit\./);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a question is answered once more by another model", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=other tokens=4 delay=0");
  await untilAnswered(page);
  await answer(page).getByTestId("regenerate-with").click();
  await page.getByTestId("model-option").filter({ hasText: "Thinker" }).click();
  await until("both answers", () => rig.upstream.of("other").length === 2);
  await untilAnswered(page);
  assert.equal(rig.upstream.of("other")[1].body.model, "thinker-1");
  await context.close();
});

test("a failure is said in words and can be tried again", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=fails tokens=4 delay=0 fault=401 times=1");
  await untilAnswered(page, 1, "failed");
  await keepShot(page, "failed");
  await answer(page).getByRole("button", { name: "Retry" }).click();
  await untilAnswered(page);
  await context.close();
});

test("an answer is copied as Markdown and as it looks, code and tables by themselves", async () => {
  const { context, page, complaints } = await visitApp(browser, rig, { permissions: ["clipboard-read", "clipboard-write"] });
  const text = 'Some **bold** words.\n\n```python\nprint("heron")\n```\n\n| bird | legs |\n|---|---|\n| "grey" heron | 2 |\n';
  await say(page, asking("copies", text));
  await untilAnswered(page);
  const read = (type) => page.evaluate(async (wanted) => (await (await navigator.clipboard.read())[0].getType(wanted)).text(), type);
  await answer(page).getByRole("button", { name: "Copy answer" }).click();
  await until("the copy", async () => (await read("text/plain").catch(() => "")).includes("**bold**"));
  assert.match(await read("text/html"), /<strong>bold<\/strong>/);
  await answer(page).getByRole("button", { name: "Copy code" }).click();
  await until("the code", async () => (await read("text/plain")) === 'print("heron")');
  await answer(page).getByRole("button", { name: "Copy as CSV" }).click();
  await until("the table", async () => (await read("text/plain")) === 'bird,legs\r\n"""grey"" heron",2\r\n');
  assert.deepEqual(complaints, []);
  await context.close();
});

test("code is coloured and sums are set only when they are there; money is no sum", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  const loaded = [];
  page.on("request", (request) => loaded.push(request.url()));
  await say(page, asking("plain", "It costs $5 or $10, not more."));
  await untilAnswered(page);
  assert.equal(await answer(page).locator(".katex").count(), 0);
  assert.equal(loaded.filter((url) => /katex|highlight/i.test(url)).length, 0);
  await say(page, asking("rich", "Euler: $e^{i\\pi}+1=0$\n\n$$\\int_0^1 x^2\\,dx = \\tfrac13$$\n\n```js\nconst heron = 2; // legs\nfunction f() { return `x`; }\n```\n"));
  await untilAnswered(page, 2);
  await until("the sums", async () => (await answer(page).locator(".katex").count()) === 2);
  await until("the colours", async () => (await answer(page).locator("pre .hljs-keyword").count()) > 1);
  assert.match(await answer(page).locator("figcaption").innerText(), /js/i);
  await keepShot(page, "rich-answer");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a footnote is reached from its mark, and the mark from it", async () => {
  const { context, page, complaints } = await visitApp(browser, rig);
  await say(page, asking("notes", `Light bends[^1].\n\n${"A line between.\n\n".repeat(60)}[^1]: Said **Snell**.\n`));
  await untilAnswered(page);
  const mark = page.getByRole("button", { name: "Footnote 1", exact: true });
  const note = page.getByRole("note");
  await mark.click();
  await until("the note in view", async () => (await note.evaluate((element) => element === document.activeElement)) && (await note.innerText()).includes("Said Snell."));
  await page.getByRole("button", { name: "Back from footnote 1" }).press("Enter");
  await until("the mark in view", () => mark.evaluate((element) => element === document.activeElement && element.getBoundingClientRect().top > 0));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an answer is read aloud block by block, until it ends or is hushed", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    globalThis.said = [];
    Object.defineProperty(globalThis, "speechSynthesis", { value: { speak: (utterance) => globalThis.said.push(utterance), cancel: () => void (globalThis.said.length = 0) } });
  });
  const { page, complaints } = await visitApp(browser, rig, { context });
  await say(page, asking("aloud", "# Herons\n\nThey *wade*.\n\n- one\n- two\n"));
  await untilAnswered(page);
  const read = async () => {
    await page.getByTestId("more").click();
    await page.getByTestId("read-aloud").click();
    await page.getByTestId("hush").waitFor();
  };
  await read();
  assert.deepEqual(await page.evaluate(() => globalThis.said.map(({ text }) => text.replace(/\s+/g, " "))), ["Herons", "They wade.", "one two"]);
  await page.evaluate(() => globalThis.said.at(-1).onend());
  await page.getByTestId("hush").waitFor({ state: "detached" });
  await read();
  await page.getByTestId("hush").click();
  await page.getByTestId("hush").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => globalThis.said.length), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a page is previewed in a frame that can reach nothing, and only when asked", async () => {
  let lured = 0;
  // A press on a link opens a connection ahead of the request; what would tell something is the request.
  const trap = createServer((_, response) => (lured++, response.end("x")));
  await new Promise((resolve) => trap.listen(0, "127.0.0.1", resolve));
  after(() => trap.close());
  const there = `http://127.0.0.1:${trap.address().port}`;
  const { context, page, complaints } = await visitApp(browser, rig);
  const html = `<h1 id=t>before</h1><a id=go href="${there}/gone">go</a><img src="${there}/leak.png"><script>document.getElementById("t").textContent = "ran";
    fetch("${there}/leak").catch(() => {});
    try { parent.document.title = "taken"; } catch { document.body.append("kept out"); }
    try { localStorage.x = 1; document.body.append("stored"); } catch { document.body.append("no storage"); }</` + "script>";
  await say(page, asking("page", "```html\n" + html + "\n```"));
  await untilAnswered(page);
  assert.equal(await page.locator("iframe").count(), 0);
  await answer(page).getByRole("button", { name: "Preview" }).click();
  const frame = page.frameLocator("iframe");
  await until("the page to run", async () => /ran/.test(await frame.locator("#t").innerText().catch(() => "")));
  assert.match(await frame.locator("body").innerText(), /kept out.*no storage/s);
  assert.deepEqual(complaints.filter((text) => !text.includes(there)), []);
  const before = complaints.length;
  // Leaving is refused by the page around it.
  await frame.locator("#go").click();
  await until("the refusal", () => complaints.length > before);
  assert.equal(lured, 0);
  assert.notEqual(await page.title(), "taken");
  await context.close();
});

test("who listens hears that an answer began and then all of it; who looks elsewhere sees it in the tab", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=heard tokens=60 delay=25");
  const state = page.locator('.messages-frame > [role="status"]');
  const log = page.getByRole("log");
  await until("a few words", async () => /⟦heard:5⟧/.test(await answer(page).innerText().catch(() => "")));
  assert.equal(await state.textContent(), "The assistant is answering.");
  assert.equal(await log.textContent(), "");
  const look = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await look(true);
  await until("the word in the tab", async () => /^● Answer ready · /.test(await page.title()));
  assert.equal(await state.textContent(), "The answer is finished.");
  assert.match(await log.textContent(), /⟦heard:0⟧.*⟦heard:59⟧/s);
  await look(false);
  await until("the plain title", async () => !(await page.title()).startsWith("●"));
  await context.close();
});

test("five thousand messages open at their end, and one in the middle is jumped to", async () => {
  const { context, page } = await visitApp(browser, rig);
  const uuid = (at) => `01a1fd76-5467-7000-8000-${String(at).padStart(12, "0")}`;
  const messages = Array.from({ length: 5000 }, (_, at) => ({
    id: uuid(at), parentId: at ? uuid(at - 1) : null, role: at % 2 ? "assistant" : "user", text: `Message number ${at}: **heron** ${"word ".repeat(at % 40)}`,
  }));
  const exported = {
    format: "edgewise.conversation", version: 1, exportedAt: "2026-11-21T10:00:00.000Z",
    conversation: { id: crypto.randomUUID(), title: "Long", systemPrompt: null, model: "test-model", preview: "", messageCount: 5000, lastSeq: 1, createdAt: "2026-11-20T10:00:00.000Z", updatedAt: "2026-11-20T10:00:00.000Z" },
    messages: messages.map(({ id, parentId, role, text }, at) => ({
      id, parentId, role, content: text, parts: [{ type: "text", text }], status: "completed", seq: at + 2, clientMessageId: null, model: role === "assistant" ? "test-model" : null,
      usage: null, error: null, attachments: [], createdAt: "2026-11-20T10:00:00.000Z",
    })),
  };
  const made = await page.evaluate(async (body) => {
    const answer = await fetch("/api/import", { method: "POST", headers: { "content-type": "application/json" }, body });
    return { status: answer.status, body: await answer.json() };
  }, JSON.stringify(exported));
  assert.equal(made.status, 200, JSON.stringify(made.body).slice(0, 300));
  const [{ conversationId, outcome, reason }] = made.body.conversations;
  assert.equal(outcome, "created", reason);

  // From the address: the page, the log, the tree, the drawing.
  let asked = 0;
  page.on("request", (request) => /\/messages\?/.test(request.url()) && (asked += 1));
  const opened = Date.now();
  await page.goto(`${rig.base}/c/${conversationId}`);
  await page.getByText("Message number 4999:").waitFor();
  const took = Date.now() - opened;
  const pages = asked;
  assert.ok((await page.getByTestId("message").count()) < 120, "everything was drawn");
  // Older ones come while one goes up.
  const region = page.getByRole("region", { name: "Messages" });
  await region.hover();
  await until("older messages", async () => {
    await page.mouse.wheel(0, -4000);
    return (await page.getByTestId("message").first().getAttribute("data-seq")) < 12_000;
  });
  const { messages: some } = await page.evaluate(async (id) => (await fetch(`/api/chat/conversations/${id}/messages?limit=200`)).json(), conversationId);
  await page.goto(`${rig.base}/c/${conversationId}?m=${some[100].id}`);
  const found = page.locator(`[data-testid="message"][data-id="${some[100].id}"]`);
  await found.waitFor();
  await until("the message to be in view", () => found.evaluate((element) => { const { top, bottom } = element.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }));
  console.log(`# 5,000 messages opened in ${took} ms`);
  // A second where nothing else runs; on a test machine that is shared, what is kept is that little was asked for.
  assert.ok(pages <= 3 && took < 6000, `opened in ${took} ms with ${pages} pages`);
  await context.close();
});

test("the end stays in view until the reader scrolls up, and a pill leads back", async () => {
  const { context, page } = await visitApp(browser, rig);
  await say(page, "turn=scrolls tokens=400 delay=8 pad=60");
  const region = page.getByRole("region", { name: "Messages" });
  const distance = () => region.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  await until("more than a screen", () => region.evaluate((element) => element.scrollHeight > element.clientHeight + 300));
  await until("the end in view", async () => (await distance()) < 48);
  await region.hover();
  await page.mouse.wheel(0, -400);
  await until("the reader to be away", async () => (await distance()) > 200);
  const top = await region.evaluate((element) => element.scrollTop);
  const height = await region.evaluate((element) => element.scrollHeight);
  await until("more words", () => region.evaluate((element, before) => element.scrollHeight > before + 100, height));
  assert.ok(Math.abs((await region.evaluate((element) => element.scrollTop)) - top) < 2, "the reader was moved");
  await page.getByRole("button", { name: "New messages" }).click();
  await until("the end", async () => (await distance()) < 48);
  await context.close();
});
