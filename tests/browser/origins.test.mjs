// Hostile pages in Chromium, beside somebody who is signed in: of another site, of the same site, and of no origin at all.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, test } from "node:test";
import { READS, OTHERS, attempt } from "../support/attempts.mjs";
import { parts, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";

const SECRET = "the-title-that-nobody-else-knows";
const ADDRESS = "victim-of-pages@example.org";

const rig = await Rig.start("origins");
const browser = await startBrowser();
const hostile = createServer((request, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>x</title><body></body>"));
hostile.listen(0, "127.0.0.1");
await once(hostile, "listening");
after(() => hostile.close());
const { port } = hostile.address();

const context = await browser.newContext();
const own = await context.newPage();
own.setDefaultTimeout(15_000);
// The page makes itself a guest; a sign-up beside that would race it for the cookie.
const guest = own.waitForResponse((answer) => answer.url().endsWith("/api/auth/guest"));
await own.goto(rig.base);
await guest;
await parts(own).composer.waitFor();

/** Asks as a page of ours, with the cookie. */
const ask = (method, path, body) =>
  own.evaluate(async ([method, path, body]) => {
    const init = body === null ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(path, { method, ...init });
    return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
  }, [method, path, body ?? null]);

const made = await ask("POST", "/api/auth/signup", { email: ADDRESS, password: "correct horse battery staple" });
assert.equal(made.status, 201);
const { body: { id } } = await ask("POST", "/api/chat/conversations", { title: SECRET });
const given = { base: rig.base, id };
const answered = await own.evaluate(async (path) => {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ content: "turn=origins tokens=3 delay=0" }) });
  return answer.text();
}, `/api/chat/conversations/${id}/messages`);
assert.match(answered, /\[DONE\]/);

/** Everything that an attempt might have changed. */
const state = async () => {
  const { body: user } = await ask("GET", "/api/users/me");
  const { body: { conversations } } = await ask("GET", "/api/chat/conversations");
  const { body: { messages } } = await ask("GET", `/api/chat/conversations/${id}/messages`);
  const { body: { sessions } } = await ask("GET", "/api/users/me/sessions");
  const { body: { keys } } = await ask("GET", "/api/users/me/keys");
  return { user, titles: conversations.map(({ title }) => title), messages: messages.length, sessions: sessions.length, keys };
};
const tells = (text) => text.includes(SECRET) || text.includes(ADDRESS);

test("a page of ours can read: the attempts are able to succeed", async () => {
  // Our answers may be looked into through no frame and no window, ours included.
  for (const [name, code] of Object.entries(READS).filter(([name]) => !["a frame", "a window"].includes(name))) {
    assert.ok(tells(await attempt(own, code, given)), name);
  }
});

/** A page of `origin`; without one, a sandboxed frame in a page of another site. */
async function page(origin) {
  const opened = await context.newPage();
  await opened.goto(origin ?? `http://localhost:${port}/`);
  if (origin) return { opened, frame: opened };
  await opened.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts allow-forms allow-popups";
    frame.srcdoc = "<body></body>";
    document.body.append(frame);
    return new Promise((resolve) => (frame.onload = resolve));
  });
  return { opened, frame: opened.frames()[1] };
}

const PAGES = { "another site": `http://localhost:${port}/`, "the same site, another port": `http://127.0.0.1:${port}/`, "no origin": null };
for (const [whose, origin] of Object.entries(PAGES)) {
  test(`a page of ${whose} reads nothing and changes nothing`, { timeout: 240_000 }, async () => {
    const before = await state();
    const { opened, frame } = await page(origin);
    for (const [name, code] of Object.entries({ ...READS, ...OTHERS })) {
      const read = await attempt(frame, code, given);
      assert.ok(!tells(read), `${name}: ${read.slice(0, 200)}`);
      assert.notEqual(read, "drawn", name);
      assert.deepEqual(await state(), before, name);
    }
    await opened.close();
  });
}

test("that were enough attempts", () => assert.ok(Object.keys({ ...READS, ...OTHERS }).length >= 30));
