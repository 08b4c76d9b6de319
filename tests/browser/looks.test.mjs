// How the chat looks, and to whom: pictures of its main screens, axe in both themes, the size of what is loaded first.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Api } from "../support/api.mjs";
import { asking, parts, say, startBrowser, untilAnswered, visitApp } from "../support/browser.mjs";
import { look } from "../support/looks.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const secret = "the secret of the first administrator";
const rig = await Rig.start("looks", { BOOTSTRAP_SECRET: secret });
const browser = await startBrowser();
const EMAIL = "ann@example.org";
const PASSWORD = "correct horse battery";
const ann = new Api(rig.base);
ann.token = (await ann.expect(201, "POST", "/api/auth/signup", { json: { email: EMAIL, password: PASSWORD } })).accessToken;
await ann.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });
for (const [name, title, abilities, input, output] of [
  ["aurora", "Aurora", { vision: true, reasoning: true, tools: true, contextTokens: 200_000 }, 3_000_000, 15_000_000],
  ["aurora-mini", "Aurora Mini", { vision: true, contextTokens: 128_000 }, 150_000, 600_000],
  ["test-model", "Borealis", { contextTokens: 64_000 }, 0, 0],
]) {
  await ann.expect(200, "PUT", `/api/admin/models/${name}`, { json: { title, abilities, routes: [{ provider: "openai", model: name, price: { inputMicroUsd: input, outputMicroUsd: output } }] } });
}

/** A conversation as people have them, brought in as an export of one. */
const ANSWER = `A lighthouse lens bends light in three ways. Each ring of the lens is a prism:

1. The **centre** refracts, like a magnifying glass.
2. The rings around it refract *and* reflect.
3. The outermost catch what would be lost.

| order | focal length | used for |
|---|---:|---|
| First | 920 mm | sea coasts |
| Fourth | 250 mm | harbours |

The focal length follows from $\\frac{1}{f} = (n-1)\\left(\\frac{1}{R_1}-\\frac{1}{R_2}\\right)$, or in code:

\`\`\`python
def focal_length(n, r1, r2):
    """Thin lens, millimetres."""
    return 1 / ((n - 1) * (1 / r1 - 1 / r2))
\`\`\`
`;
const TITLES = ["How a Fresnel lens works", "Packing list for the coast", "Refactor the parser", "Names for a boat", "Tides and the moon", "Letter to the landlord"];
const exported = (title, at, messages) => ({
  format: "edgewise.conversation", version: 1, exportedAt: "2026-11-21T10:00:00.000Z",
  conversation: { id: crypto.randomUUID(), title, systemPrompt: null, model: "test-model", preview: "", messageCount: messages.length, lastSeq: 1, createdAt: at, updatedAt: at },
  messages: messages.map(([role, text], index) => ({
    id: `01a1fd76-5467-7000-8000-${String(index).padStart(12, "0")}`, parentId: index ? `01a1fd76-5467-7000-8000-${String(index - 1).padStart(12, "0")}` : null, role, content: text, parts: [{ type: "text", text }],
    status: "completed", seq: index + 2, clientMessageId: null, model: role === "assistant" ? "test-model" : null, usage: role === "assistant" ? { inputTokens: 412, outputTokens: 263, costMicroUsd: 5_181 } : null, error: null, attachments: [], createdAt: at,
  })),
});

async function furnish(page) {
  await page.getByTestId("account-menu").waitFor({ state: "attached" });
  const ids = [];
  for (const [index, title] of TITLES.entries()) {
    const at = new Date(Date.now() - index * 30 * 3_600_000).toISOString();
    const body = JSON.stringify(exported(title, at, [["user", "How does the lens of a lighthouse gather so much light?"], ["assistant", ANSWER]]));
    const answer = await page.evaluate(async (text) => (await fetch("/api/import", { method: "POST", headers: { "content-type": "application/json" }, body: text })).json(), body);
    assert.equal(answer.conversations[0].outcome, "created", answer.conversations[0].reason);
    ids.push(answer.conversations[0].conversationId);
  }
  await until("the list", async () => {
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    return (await parts(page).items.count()) === TITLES.length;
  });
  return ids;
}

/** Asks what a person would; what the model shall do is in a file beside it. */
async function ask(page, text, script) {
  await page.getByTestId("file-input").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from(script) });
  await page.locator('[data-testid="chip"][data-status="ready"]').waitFor();
  await say(page, text);
}

test("the main screens, wide and narrow, light and dark, have no serious fault", { timeout: 240_000 }, async () => {
  const { context, page } = await visitApp(browser, rig, { viewport: { width: 1280, height: 860 } });
  const [id] = await furnish(page);
  const found = await look(page, "new-chat");
  await page.goto(`${rig.base}/c/${id}`);
  await untilAnswered(page);
  await page.locator(".katex").first().waitFor();
  await page.locator(".hljs-keyword").first().waitFor();
  await parts(page).composer.blur();
  found.push(...(await look(page, "conversation")));
  await page.keyboard.press("Control+Shift+KeyM");
  await page.getByTestId("model-option").nth(2).waitFor();
  found.push(...(await look(page, "models")));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+KeyK");
  await page.keyboard.type("le");
  await page.getByTestId("palette-entry").first().waitFor();
  found.push(...(await look(page, "palette")));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Slash");
  await page.getByTestId("shortcuts").waitFor();
  found.push(...(await look(page, "shortcuts")));
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 844 });
  found.push(...(await look(page, "conversation-narrow")));
  await page.getByRole("button", { name: "Open sidebar" }).click();
  await until("the drawer", () => page.locator(".sidebar").evaluate((element) => element.getBoundingClientRect().left === 0));
  found.push(...(await look(page, "drawer-narrow")));
  await page.goto(`${rig.base}/c/00000000-0000-7000-8000-000000000000`);
  await page.getByText("This conversation is not here").waitFor();
  found.push(...(await look(page, "missing-narrow")));
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(rig.base);
  await ask(page, "How high is the tide at Dover tomorrow?", "turn=broken tokens=30 delay=0 fault=401");
  await untilAnswered(page, 1, "failed");
  await parts(page).composer.blur();
  found.push(...(await look(page, "failed")));
  // In Arabic the page is read from the right, and what was said in English still from the left.
  await page.evaluate(() => localStorage.setItem("edgewise.language", "ar"));
  await page.goto(`${rig.base}/c/${id}`);
  await untilAnswered(page);
  await page.locator(".katex").first().waitFor();
  await page.locator(".hljs-keyword").first().waitFor();
  await parts(page).composer.blur();
  const directions = await parts(page).answers.first().locator(".md > p, .md > ol, .md pre").evaluateAll((blocks) => blocks.map((block) => getComputedStyle(block).direction));
  assert.deepEqual(new Set(directions), new Set(["ltr"]));
  assert.ok(await page.evaluate(() => document.querySelector(".sidebar").getBoundingClientRect().left > innerWidth / 2), "the list is at the right");
  found.push(...(await look(page, "conversation-arabic")));
  assert.ok(found.length === 0, found.map((fault) => fault.slice(0, 300)).join("\n"));
  await context.close();
});

test("signing in, settings, usage and administration have no serious fault", { timeout: 240_000 }, async () => {
  const { context, page } = await visitApp(browser, rig, { viewport: { width: 1280, height: 860 } });
  await page.goto(`${rig.base}/sign-in`);
  await page.getByTestId("sign-in-form").waitFor();
  const found = await look(page, "sign-in");
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByTestId("sign-in-form").getByRole("button", { name: "Sign in", exact: true }).click();
  await parts(page).composer.waitFor();
  for (const [model, tokens] of [["aurora", 900], ["aurora-mini", 2_400], ["test-model", 1_200]]) {
    const { id } = await ann.expect(201, "POST", "/api/chat/conversations", { json: {} });
    await ann.expect(202, "POST", `/api/chat/conversations/${id}/messages`, { json: { content: `turn=${model} tokens=${tokens} delay=0`, model } });
  }
  await until("the ledger to have the answers", async () => (await ann.expect(200, "GET", "/api/usage?by=model")).groups.length === 3);
  await page.goto(`${rig.base}/settings/usage`);
  await page.getByTestId("usage-models").getByRole("cell", { name: "aurora-mini" }).waitFor();
  found.push(...(await look(page, "usage")));
  await page.goto(`${rig.base}/settings/appearance`);
  await page.getByRole("heading", { name: "Appearance" }).waitFor();
  found.push(...(await look(page, "settings")));
  await page.goto(`${rig.base}/admin/models`);
  await page.getByRole("cell", { name: /Aurora Mini/ }).waitFor();
  found.push(...(await look(page, "admin-models")));
  assert.ok(found.length === 0, found.map((fault) => fault.slice(0, 300)).join("\n"));
  await context.close();
});

test("forced colours, more contrast, 200 % zoom and print keep everything in reach", async () => {
  const { context, page } = await visitApp(browser, rig, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  await say(page, asking("zoom", ANSWER));
  await untilAnswered(page);
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "it scrolls sideways at 200 %");
  await page.emulateMedia({ forcedColors: "active" });
  assert.notEqual(await parts(page).send.evaluate((button) => getComputedStyle(button).borderTopWidth), "0px");
  await page.emulateMedia({ forcedColors: "none", media: "print" });
  assert.equal(await parts(page).composer.isVisible(), false);
  assert.ok(await parts(page).answers.first().isVisible());
  await context.close();
});

test("an answer of ten thousand tokens streams without a long stall", { timeout: 120_000 }, async () => {
  const { context, page } = await visitApp(browser, rig);
  await page.evaluate(() => {
    globalThis.stalls = [];
    new PerformanceObserver((entries) => globalThis.stalls.push(...entries.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: "longtask" });
  });
  // 40,000 characters of paragraphs, lists and code come in 8,000 pieces.
  await say(page, asking("tenthousand", `${ANSWER}\n`.repeat(Math.ceil(40_000 / ANSWER.length))).replace("delay=0", "delay=1"));
  // The question is one word of 50 KB, which nobody types: what counts begins with the answer.
  await until("the answer to begin", async () => (await parts(page).answers.count()) === 1 && (await parts(page).answers.first().innerText()).length > 40);
  // The page looks for itself: whoever asks it again and again makes tasks of their own.
  const { stalls, held } = await page.evaluate(
    () =>
      new Promise((resolve) => {
        globalThis.stalls.length = 0;
        const held = new Set();
        const observer = new MutationObserver((changes) => {
          for (const { target } of changes) if (target.style.pointerEvents) held.add(target.className || target.tagName);
          if (document.querySelector('[data-role="assistant"]').dataset.status !== "completed") return;
          observer.disconnect();
          resolve({ stalls: globalThis.stalls, held: [...held] });
        });
        observer.observe(document.querySelector(".messages"), { subtree: true, attributes: true, attributeFilter: ["style", "data-status"] });
      }),
  );
  assert.deepEqual(held, [], "a scroll gives all messages a style to inherit");
  console.log(`# long tasks while 10,000 tokens streamed: ${stalls.length}, the longest ${Math.max(0, ...stalls)} ms`);
  // How long a task takes says more of what else runs on the machine; that it does not grow with the answer is ours.
  const middle = (of) => of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0;
  const third = Math.ceil(stalls.length / 3);
  const [first, last] = [middle(stalls.slice(0, third)), middle(stalls.slice(-third))];
  assert.ok(last < 4 * first + 150, `tasks grew from ${first} to ${last} ms`);
  await context.close();
});

test("what the chat loads first is at most 250 KB", async () => {
  const { context, page } = await visitApp(browser, rig);
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => /\.js$/.test(path)));
  const dist = join(import.meta.dirname, "../../web/dist");
  const bytes = [...new Set(loaded)].reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path)), { level: 9 }).length, 0);
  console.log(`# initial JavaScript: ${Math.round(bytes / 1024)} KB gzipped in ${loaded.length} files`);
  assert.ok(loaded.length > 0 && bytes < 250 * 1024, `${bytes} bytes`);
  assert.ok(readdirSync(join(dist, "assets")).length > 5, "nothing is loaded lazily");
  await context.close();
});
