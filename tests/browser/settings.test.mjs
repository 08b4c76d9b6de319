// Settings as people use them: a second factor, passkeys, keys, sessions, import, usage, organizations, links, appearance.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { totp } from "../support/authenticator.mjs";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { linkFor, overflows, visitor } from "../support/visit.mjs";
import { until } from "../support/wait.mjs";

/** Stands in for Stripe: a page to pay on, which here is one of ours. */
const asked = [];
const stripe = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    asked.push([request.url, new URLSearchParams(body)]);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "cs_1", object: "checkout.session", url: asked.at(-1)[1].get("success_url") }));
  });
});
await new Promise((resolve) => stripe.listen(0, "127.0.0.1", resolve));
after(() => stripe.close());

const rig = await Rig.start("browser-settings", {
  RATE_LIMIT_ENABLED: "true",
  RATE_LIMIT_GENERAL: "100000",
  RATE_LIMIT_LOGIN: "1000",
  STRIPE_SECRET_KEY: "sk_test",
  STRIPE_WEBHOOK_SECRET: "whsec_test",
  STRIPE_BASE_URL: `http://127.0.0.1:${stripe.address().port}`,
  STRIPE_PLANS: '{"price_pro":"pro"}',
});
const browser = await startBrowser();
const PASSWORD = "a horse of another colour";
const SECTIONS = ["profile", "appearance", "shortcuts", "prompts", "presets", "security", "keys", "providers", "data", "usage", "plan", "organizations"];

/** Somebody with a name, in a window at `path`. */
async function person(email, path, options = {}) {
  const { context, page, complaints } = await visitor(browser, rig.base, { path: "/sign-up", ...options });
  await page.getByLabel("Name").fill(email.split("@")[0]);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await parts(page).composer.waitFor();
  await page.goto(rig.base + path);
  return { context, page, complaints };
}
const dialog = (page) => page.locator("dialog[open]").last();

test("security: a second factor is set up, asked for, and taken away; other devices are signed out", async () => {
  const { context, page, complaints } = await person("tom@example.org", "/settings/security");
  const panel = page.getByRole("region", { name: "Two-step sign-in" });
  await panel.getByRole("button", { name: "Turn on" }).click();
  await dialog(page).getByLabel("Current password").or(dialog(page).getByLabel("Password", { exact: true })).fill("wrong");
  await dialog(page).getByRole("button", { name: "Continue" }).click();
  await dialog(page).locator('[aria-invalid="true"]').waitFor();
  await dialog(page).getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog(page).getByRole("button", { name: "Continue" }).click();
  const secret = await page.getByTestId("totp-secret").innerText();
  await dialog(page).getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await keepShot(page, "settings-totp");
  await dialog(page).getByLabel("Code of the app").fill(totp(secret));
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  const codes = (await page.getByTestId("recovery-codes").innerText()).split("\n");
  assert.equal(codes.length, 10);
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await panel.getByText("On", { exact: true }).waitFor();

  // Another device signs in: the password alone is not enough.
  const { context: other, page: elsewhere } = await visitor(browser, rig.base, { path: "/sign-in" });
  await elsewhere.getByLabel("E-mail address").fill("tom@example.org");
  await elsewhere.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await elsewhere.getByRole("button", { name: "Sign in", exact: true }).click();
  await elsewhere.getByLabel("Code", { exact: true }).fill("000000");
  await elsewhere.getByRole("button", { name: "Continue" }).click();
  await elsewhere.locator('[aria-invalid="true"]').waitFor();
  await elsewhere.getByLabel("Code", { exact: true }).fill(codes[0]);
  await elsewhere.getByRole("button", { name: "Continue" }).click();
  await parts(elsewhere).composer.waitFor();

  await page.reload();
  await until("both devices to be listed", async () => (await page.getByTestId("sessions").locator("li").count()) === 2);
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await until("one device to be left", async () => (await page.getByTestId("sessions").locator("li").count()) === 1);

  await panel.getByRole("button", { name: "Turn off" }).click();
  await dialog(page).getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog(page).getByLabel("Code of the app, or a recovery code").fill(codes[1]);
  await dialog(page).getByRole("button", { name: "Turn off" }).click();
  await panel.getByText("Off", { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await Promise.all([context.close(), other.close()]);
});

test("a passkey is made with the device, and signs in without a name", async () => {
  const { context, page, complaints } = await person("pat@example.org", "/settings/security");
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  // A passkey belongs to a name, never to an address of numbers.
  const local = rig.base.replace("127.0.0.1", "localhost");
  if (local !== page.url().slice(0, local.length)) {
    await page.goto(`${local}/sign-in`);
    await page.getByLabel("E-mail address").fill("pat@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await parts(page).composer.waitFor();
    await page.goto(`${local}/settings/security`);
  }
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await dialog(page).getByLabel("Name of the device").fill("My laptop");
  await dialog(page).getByRole("button", { name: "Continue" }).click();
  await page.getByTestId("passkeys").getByText("My laptop").waitFor();
  await page.goto(`${local}/`);
  await page.getByTestId("account-menu").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByTestId("guest-card").getByRole("button", { name: "Sign in" }).click();
  await dialog(page).getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByTestId("account-menu").filter({ hasText: "pat" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a key is shown once and works; conversations come in; what they cost is told", async () => {
  const { context, page, complaints } = await person("kim@example.org", "/settings/keys");
  await page.getByRole("button", { name: "New key" }).click();
  await dialog(page).getByLabel("Name").fill("my script");
  await dialog(page).getByLabel("Write messages").uncheck();
  await dialog(page).getByRole("button", { name: "Create" }).click();
  const secret = await page.getByTestId("key-secret").innerText();
  await dialog(page).getByRole("button", { name: "Done" }).click();
  assert.equal((await fetch(`${rig.base}/api/chat/conversations`, { headers: { authorization: `Bearer ${secret}` } })).status, 200);
  await page.getByRole("cell", { name: "my script", exact: true }).waitFor();
  await page.getByRole("button", { name: "Delete: my script" }).click();
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await page.getByText("No keys yet").waitFor();
  assert.equal((await fetch(`${rig.base}/api/chat/conversations`, { headers: { authorization: `Bearer ${secret}` } })).status, 401);

  await page.goto(`${rig.base}/`);
  await say(page, "turn=paid tokens=5 delay=0");
  await until("the answer", async () => (await parts(page).answers.count()) === 1 && (await parts(page).answers.last().getAttribute("data-status")) === "completed");
  const exported = page.waitForEvent("download");
  await page.getByTestId("share").click();
  await dialog(page).getByRole("link", { name: "JSON, with all branches" }).click();
  const file = await (await exported).path();
  await dialog(page).getByRole("button", { name: "Make a link" }).click();
  const url = await page.getByTestId("share-url").innerText();
  assert.match(await (await fetch(url)).text(), /turn=paid/);
  assert.deepEqual(await faultsInBothThemes(page), []);
  await keepShot(page, "share");
  await page.getByTestId("share-links").getByRole("button").click();
  await dialog(page).getByRole("button", { name: "Revoke" }).click();
  await page.getByTestId("share-links").waitFor({ state: "detached" });
  assert.equal((await fetch(url)).status, 404);

  await page.goto(`${rig.base}/settings/data`);
  await page.getByTestId("import-file").setInputFiles({ name: "export.json", mimeType: "application/json", buffer: Buffer.from("not JSON") });
  await page.getByRole("alert").waitFor();
  await page.getByTestId("import-file").setInputFiles({ name: "export.json", mimeType: "application/json", buffer: readFileSync(file) });
  await page.getByTestId("import-report").getByRole("row").nth(1).waitFor();

  await until("the ledger to have the answer", async () => (await (await page.request.get(`${rig.base}/api/usage?by=model`)).json()).groups.length === 1);
  await page.goto(`${rig.base}/settings/usage`);
  await page.getByTestId("usage-models").getByRole("cell", { name: "test-model" }).waitFor();
  await page.getByRole("img", { name: /Tokens by day/ }).waitFor();
  await keepShot(page, "settings-usage");
  await page.getByRole("button", { name: "Show as a table" }).first().click();
  await page.getByRole("table", { name: "Tokens by day" }).waitFor();
  const csv = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  assert.match(readFileSync(await (await csv).path(), "utf8"), /test-model/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an organization: founded, somebody invited by a letter who joins, a project, roles", async () => {
  const { context, page, complaints } = await person("olga@example.org", "/settings/organizations");
  await page.getByRole("button", { name: "New organization" }).click();
  await dialog(page).getByLabel("Name").fill("Lighthouse");
  await dialog(page).getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Lighthouse" }).waitFor();
  await page.getByRole("button", { name: "New project" }).click();
  await dialog(page).getByLabel("Name").fill("Lenses");
  await dialog(page).getByRole("button", { name: "Create" }).click();
  await page.getByTestId("projects").getByText("Lenses").waitFor();
  await page.getByLabel("E-mail address").fill("ned@example.org");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByTestId("invitations").getByText("ned@example.org").waitFor();
  assert.deepEqual(await faultsInBothThemes(page), []);
  await keepShot(page, "settings-organization");

  const letter = await until("the letter", () => linkFor(rig.base, "ned@example.org", "/invitation"));
  const { context: other, page: ned } = await person("ned@example.org", "/");
  // An address counts as its own once it is confirmed.
  await ned.goto(await until("the letter", () => linkFor(rig.base, "ned@example.org", "/verify")));
  await ned.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
  await ned.goto(letter);
  await ned.getByRole("button", { name: "Join the organization" }).click();
  await ned.getByRole("heading", { name: "You are in Lighthouse" }).waitFor();
  await ned.getByRole("link", { name: "Open the organization" }).click();
  await ned.getByTestId("projects").getByText("Lenses").waitFor();
  assert.equal(await ned.getByRole("button", { name: "New project" }).count(), 0, "an editor is offered what they may not");

  await page.reload();
  await page.getByLabel("Role of ned").selectOption("viewer");
  await until("the role to be stored", async () => {
    const id = page.url().split("/").at(-1);
    const { members } = await (await page.request.get(`${rig.base}/api/organizations/${id}/members`)).json();
    return members.some(({ name, role }) => name === "ned" && role === "viewer");
  });
  await page.getByRole("button", { name: "Remove: ned" }).click();
  await dialog(page).getByRole("button", { name: "Remove" }).click();
  await page.getByTestId("members").getByRole("row").nth(2).waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await Promise.all([context.close(), other.close()]);
});

test("a key for a provider is brought, replaced and deleted, and never shown", async () => {
  const { context, page, complaints } = await person("kay@example.org", "/settings/providers");
  const table = page.getByTestId("provider-keys");
  const give = async (key) => {
    await dialog(page).getByLabel("Key", { exact: true }).fill(key);
    await dialog(page).getByRole("button", { name: "Save" }).click();
  };
  await page.getByRole("button", { name: "Add a key" }).click();
  await give("short");
  await dialog(page).locator('[aria-invalid="true"]').waitFor();
  await give("sk-of-my-own-key-7890");
  await table.getByText("…7890").waitFor();
  await page.getByRole("button", { name: "Replace: openai" }).click();
  await give("sk-of-my-own-key-1234");
  await table.getByText("…1234").waitFor();
  assert.equal((await page.content()).includes("sk-of-my-own"), false);
  await page.getByRole("button", { name: "Delete: openai" }).click();
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No keys of your own" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("every section is for everybody: axe in both themes, 320 pixels, by keyboard, in long words", async () => {
  const { context, page, complaints } = await person("eve@example.org", "/");
  // The keys are heard once the page is there, which puts the cursor into its box.
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.press("Control+.");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  const everySection = async (look) => {
    const links = page.getByRole("navigation").getByRole("link");
    assert.equal(await links.count(), SECTIONS.length);
    for (const [at, section] of SECTIONS.entries()) {
      await links.nth(at).press("Enter");
      await page.waitForURL(`**/settings/${section}`);
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await until("nothing to be loading", async () => (await page.locator('[aria-busy="true"]').count()) === 0);
      await look(section);
    }
  };
  await everySection(async (section) => {
    assert.deepEqual(await faultsInBothThemes(page), [], section);
    await page.setViewportSize({ width: 320, height: 640 });
    assert.equal(await overflows(page), false, `${section} is too wide`);
    await page.setViewportSize({ width: 1280, height: 800 });
  });
  await page.goto(`${rig.base}/settings/appearance`);
  await page.getByLabel("Theme").selectOption("dark");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await keepShot(page, "settings-dark");

  // Everything in the pseudo-language: what is in plain English was never translated, what is cut off does not fit.
  await page.evaluate(() => localStorage.setItem("edgewise.language", "en-XA"));
  await page.setViewportSize({ width: 320, height: 640 });
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await everySection(async (section) => {
    assert.equal(await overflows(page), false, `${section} is too wide in a longer language`);
    const texts = await page.locator("h1, h2, label, button:not(:has(kbd)), legend, th").evaluateAll((all) => all.map((one) => one.innerText.trim()));
    assert.deepEqual(texts.filter((text) => /[a-z]{3}/i.test(text) && !text.includes("⟦")), [], `${section} has words that are not in the catalogue`);
  });
  await keepShot(page, "settings-narrow");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a plan is bought on a page of Stripe's, and the way back says what happens next", async () => {
  const { context, page, complaints } = await person("paul@example.org", "/settings/plan");
  await page.getByTestId("plan").getByText("No subscription").waitFor();
  await page.getByRole("button", { name: "Choose: pro" }).click();
  await page.getByTestId("toast").filter({ hasText: "Thank you." }).waitFor();
  await page.waitForURL("**/settings/plan");
  const [address, fields] = asked.at(-1);
  assert.equal(address, "/v1/checkout/sessions");
  assert.equal(fields.get("line_items[0][price]"), "price_pro");
  assert.equal(fields.get("customer_email"), "paul@example.org");
  await page.goto(`${rig.base}/settings/usage`);
  const meter = page.getByRole("meter", { name: "Requests" });
  await meter.waitFor();
  assert.match(await meter.getAttribute("aria-valuetext"), /^\d+ of 100,000, full again at \d+:\d\d:\d\d/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("eight languages: chosen in the settings or by the browser, none too wide, Arabic from right to left", async () => {
  const { context, page, complaints } = await person("lea@example.org", "/settings/appearance");
  await page.getByLabel("Language").selectOption({ label: "Deutsch" });
  await page.getByRole("heading", { level: 1, name: "Einstellungen" }).waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  const titles = new Set();
  for (const language of ["de", "es", "fr", "pt", "ja", "zh", "ar"]) {
    await page.evaluate((wanted) => localStorage.setItem("edgewise.language", wanted), language);
    await page.goto(`${rig.base}/settings/security`);
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    assert.equal(await overflows(page), false, `${language} is too wide`);
    titles.add(await page.title());
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [language, language === "ar" ? "rtl" : "ltr"]);
  }
  assert.equal(titles.size, 7, "two languages have the same words");
  await page.setViewportSize({ width: 1280, height: 800 });
  const side = await page.locator("aside").boundingBox();
  assert.ok(side.x > 640, "the sections stand at the left");
  assert.deepEqual(await faultsInBothThemes(page), []);
  await page.goto(`${rig.base}/settings/security`);
  await page.getByTestId("sessions").locator("li").first().waitFor();
  await keepShot(page, "settings-arabic");
  await page.goto(`${rig.base}/`);
  await parts(page).composer.waitFor();
  await keepShot(page, "chat-arabic");
  assert.deepEqual(complaints, []);
  await context.close();
  const { context: french, page: other } = await visitor(browser, rig.base, { path: "/sign-in", context: await browser.newContext({ locale: "fr-CA" }) });
  await other.getByRole("heading", { level: 1, name: "Bon retour" }).waitFor();
  await french.close();
});

test("an account is deleted with its password, and the browser is a guest's again", async () => {
  const { context, page, complaints } = await person("del@example.org", "/settings/data");
  await page.getByRole("button", { name: "Delete my account" }).click();
  await dialog(page).getByLabel("Password", { exact: true }).fill("wrong");
  await dialog(page).getByRole("button", { name: "Delete my account" }).click();
  await dialog(page).locator('[aria-invalid="true"]').waitFor();
  await dialog(page).getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog(page).getByRole("button", { name: "Delete my account" }).click();
  await page.getByTestId("guest-card").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
