// Hostile answers and questions in a real browser: nothing runs, nothing is loaded, nothing leaves the page.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { keepShot, parts, say, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { calling } from "../support/upstream.mjs";
import { sleep, until } from "../support/wait.mjs";

const rig = await Rig.start("xss", { BOOTSTRAP_SECRET });
await offerTools(rig);
const browser = await startBrowser();

// Whoever connects here was told to by hostile text.
let lured = 0;
const trap = createServer((_, response) => (lured++, response.end("x")));
trap.on("connection", () => lured++);
await new Promise((resolve) => trap.listen(0, "127.0.0.1", resolve));
after(() => trap.close());
const there = `http://127.0.0.1:${trap.address().port}`;

const corpus = [
  "<script>window.pwned=1</script>",
  "<img src=x onerror=window.pwned=1>",
  "<svg onload=window.pwned=1><animate onbegin=window.pwned=1 attributeName=x dur=1s></svg>",
  "<iframe src=\"javascript:parent.pwned=1\"></iframe><iframe srcdoc=\"<script>parent.pwned=1</script>\"></iframe>",
  "<details open ontoggle=window.pwned=1>x</details>",
  "<a href=\"javascript:window.pwned=1\">click</a>",
  "[click](javascript:window.pwned=1)",
  "[click](  JaVaScRiPt&colon;window.pwned=1)",
  "[click](java\tscript:window.pwned=1)",
  "[click](&#106;avascript:window.pwned=1)",
  "[click](data:text/html,<script>window.pwned=1</script>)",
  "[click](vbscript:x)",
  "[ref]\n\n[ref]: javascript:window.pwned=1",
  "<javascript:window.pwned=1>",
  `![leak](${there}/markdown.png)`,
  `![leak][img]\n\n[img]: ${there}/reference.png`,
  `<img src="${there}/html.png">`,
  `<link rel=stylesheet href="${there}/style.css"><style>@import "${there}/import.css"; body{background:url(${there}/bg.png)}</style>`,
  `<video poster="${there}/poster.png"><source src="${there}/a.mp4"></video><object data="${there}/o"></object><embed src="${there}/e">`,
  `<base href="${there}/"><form action="${there}/"><button autofocus onfocus=window.pwned=1>x</button></form>`,
  `<meta http-equiv=refresh content="0;url=${there}/">`,
  "```html\n<script>window.pwned=1</script>\n```",
  "`<img src=x onerror=window.pwned=1>`",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.pwned=1&gt;\">",
  "<noscript><p title=\"</noscript><img src=x onerror=window.pwned=1>\">",
  "<x onclick=window.pwned=1 style=position:fixed;inset:0>cover</x>",
  "\"><script>window.pwned=1</script>",
  "[a](https://example.org\"onmouseover=\"window.pwned=1)",
  "{{constructor.constructor('window.pwned=1')()}} ${window.pwned=1}",
  "<img src=x onerror=window.pwned=1".padEnd(60, " "),
  "> <script>window.pwned=1</script>\n\n1. <img src=x onerror=window.pwned=1>\n\n| <svg onload=window.pwned=1> | b |\n|---|---|\n| <img src=x onerror=window.pwned=1> | d |",
];

/** What is in these elements that must not be there. */
const hostileIn = (page, selector) =>
  page.evaluate((wanted) => {
    const bad = [];
    for (const text of document.querySelectorAll(wanted)) {
      for (const element of text.querySelectorAll("*")) {
        const drawn = element.closest("button, summary > .icon, .button");
        if (/^(script|iframe|object|embed|style|link|meta|base|form|img|video|audio|source|svg|math)$/i.test(element.tagName) && !drawn) bad.push(element.outerHTML.slice(0, 120));
        for (const { name, value } of element.attributes) {
          if (/^on/i.test(name) || (/^(href|src|action|formaction|xlink:href)$/i.test(name) && !/^(https?:|mailto:|#|\/)/i.test(value))) bad.push(`${name}=${value}`.slice(0, 120));
        }
      }
    }
    return bad;
  }, selector);

/** Whatever leaves the page, or asks its reader for something. */
function watch(page) {
  const outside = [];
  page.on("request", (request) => /^(blob|data):/.test(request.url()) || request.url().startsWith(rig.base) || outside.push(request.url()));
  page.on("dialog", (dialog) => (outside.push("a dialog"), dialog.dismiss()));
  page.on("popup", (popup) => outside.push(`a popup ${popup.url()}`));
  return outside;
}

test("hostile text does nothing, as an answer in a stream, as a question, and after a reload", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const outside = watch(page);
  await page.goto(rig.base);
  await parts(page).composer.waitFor();

  const hostileElements = () => hostileIn(page, '[data-testid="message-text"]');
  const assertHarmless = async (when) => {
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined, `${when}: a script ran`);
    assert.deepEqual(await hostileElements(), [], when);
    assert.deepEqual(outside, [], when);
    assert.equal(lured, 0, `${when}: the trap was connected to`);
  };

  // In three answers, piece by piece: every prefix is on the screen for a moment.
  for (let at = 0; at < corpus.length; at += 11) {
    const text = corpus.slice(at, at + 11).join("\n\n");
    const answers = await parts(page).answers.count();
    await say(page, `turn=xss${at} delay=2 say=${Buffer.from(text).toString("base64url")}`);
    await until("the hostile answer to be whole", async () => (await parts(page).answers.count()) === answers + 1 && (await parts(page).answers.last().getAttribute("data-status")) === "completed", 20_000, 50);
    await assertHarmless(`answer ${at}`);
  }
  // What is a link must look like one and lead nowhere by itself.
  for (const link of await page.locator('[data-testid="message-text"] a').all()) assert.match((await link.getAttribute("rel")) ?? "", /noopener|noreferrer/, await link.evaluate((element) => element.outerHTML));
  await say(page, corpus.join("\n"));
  await until("the hostile question to be shown", async () => (await parts(page).questions.count()) === 4);
  await assertHarmless("question");
  await keepShot(page, "hostile");
  await page.reload();
  await parts(page).questions.first().waitFor();
  await sleep(500);
  await assertHarmless("reload");

  // The eyes of this test are open: what it looks for is seen when it is there.
  await page.evaluate(() => document.querySelector('[data-testid="message-text"]').append(Object.assign(document.createElement("img"), { src: "javascript:1" })));
  assert.equal((await hostileElements()).length, 2);
  await context.close();
});

test("hostile text does nothing as an agent, its task, a call of a tool, and what a run made", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const outside = watch(page);
  await page.goto(rig.base);
  await page.getByTestId("account-menu").waitFor({ state: "attached" });
  const beside = (path, json) => page.evaluate(async ([path, json]) => (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) })).json(), [path, json]);
  const [, image] = corpus;
  const agent = await beside("/api/agents", { name: image, description: corpus[0], instructions: corpus.join("\n"), starters: [corpus[5]], tools: ["calculator"] });
  const task = `${corpus.join("\n")}\nturn=run delay=0 ${calling({ name: "calculator", input: { expression: image } })} say=${Buffer.from(corpus.join("\n\n")).toString("base64url")}`;
  const { summary } = await beside(`/api/agents/${agent.id}/runs`, { input: task });
  await page.goto(`${rig.base}/runs/${summary.id}`);
  await page.getByTestId("run-output").waitFor({ timeout: 60_000 });
  for (const line of await page.getByTestId("step").locator("summary").all()) await line.click();
  for (const path of [null, "/runs", "/agents", `/agents/${agent.id}`, `/agents/${agent.id}/edit`, `/agents/${agent.id}/history`]) {
    if (path) await page.goto(rig.base + path);
    await page.getByText(image).or(page.locator("main input")).first().waitFor();
    await until("it to be drawn", async () => (await page.locator('[aria-busy="true"]').count()) === 0);
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined, `${path}: a script ran`);
    assert.deepEqual(await hostileIn(page, ".md, .card, .task, .table, .facts, .panel > header, .tool pre, .starters, .list"), [], path);
    assert.deepEqual([outside, lured], [[], 0], path);
  }
  await context.close();
});
