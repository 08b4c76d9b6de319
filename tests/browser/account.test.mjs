// Signing up, in and out: a guest keeps their chats, an ended session keeps the draft, letters lead to pages that work.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { linkFor, overflows, visitor } from "../support/visit.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("browser-account", { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" });
const browser = await startBrowser();
const PASSWORD = "a horse of another colour";
const EMAIL = "ann@example.org";

const visit = (path, options) => visitor(browser, rig.base, { path, ...options });
const dialog = (page) => page.getByRole("dialog");
const signInWith = async (place, email, password) => {
  await place.getByLabel("E-mail address").fill(email);
  await place.getByLabel("Password", { exact: true }).fill(password);
  await place.getByRole("button", { name: "Sign in", exact: true }).click();
};

test("a guest signs up and keeps their chats, signs out, and comes back to them", async () => {
  const { context, page, complaints } = await visit("/");
  await say(page, "turn=mine tokens=3 delay=0");
  await until("the chat to be listed", async () => (await parts(page).items.count()) === 1);
  await page.getByTestId("guest-card").getByRole("button", { name: "Sign up" }).click();
  const form = dialog(page);
  await form.getByLabel("E-mail address").fill(EMAIL);
  await form.getByLabel("Password", { exact: true }).fill("short");
  await form.getByRole("button", { name: "Sign up" }).first().click();
  const password = form.getByLabel("Password", { exact: true });
  await until("the field to be marked", async () => (await password.getAttribute("aria-invalid")) === "true");
  await form.getByLabel("Name").fill("Ann Archer");
  await password.fill(PASSWORD);
  assert.deepEqual(await faultsInBothThemes(page), []);
  await form.getByRole("button", { name: "Sign up" }).first().click();
  await page.getByTestId("account-menu").filter({ hasText: "Ann Archer" }).waitFor();
  assert.equal(await page.getByTestId("guest-card").count(), 0);
  assert.equal(await parts(page).items.count(), 1);

  // A second window shows the account's chats too; neither window nor browser keeps anything of it.
  await parts(page).composer.fill("a draft of mine");
  const { page: second } = await visit(new URL(page.url()).pathname, { context });
  await parts(second).answers.first().waitFor();
  await page.getByTestId("account-menu").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByTestId("guest-card").waitFor();
  await second.getByTestId("guest-card").waitFor();
  assert.equal(await parts(second).answers.count(), 0);
  assert.equal(await parts(page).composer.inputValue(), "");
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage })), /mine/);
  await second.close();
  await until("the chats of the account to be gone", async () => (await parts(page).items.count()) === 0);
  await page.getByTestId("guest-card").getByRole("button", { name: "Sign in" }).click();
  await signInWith(dialog(page), EMAIL, "not the password");
  await dialog(page).getByRole("alert").waitFor();
  await signInWith(dialog(page), EMAIL, PASSWORD);
  await until("the chats to be back", async () => (await parts(page).items.count()) === 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a session that ends asks for the password where one is, and the draft stays", async () => {
  const { context, page, complaints } = await visit("/sign-in");
  await signInWith(page, EMAIL, PASSWORD);
  await parts(page).items.first().getByRole("link").click();
  await parts(page).answers.first().waitFor();
  const address = page.url();
  await parts(page).composer.fill("not yet sent");
  // Another device signs this one out.
  const other = await fetch(`${rig.base}/api/auth/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: EMAIL, password: PASSWORD }) });
  const { accessToken } = await other.json();
  assert.equal((await fetch(`${rig.base}/api/users/me/sessions`, { method: "DELETE", headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" } })).status, 204);
  await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
  assert.equal(await dialog(page).getByLabel("E-mail address").inputValue(), EMAIL);
  await page.keyboard.press("Escape");
  assert.equal(await dialog(page).count(), 1, "the question went away");
  await signInWith(dialog(page), EMAIL, PASSWORD);
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(page.url(), address);
  assert.equal(await parts(page).composer.inputValue(), "not yet sent");
  await parts(page).send.click();
  await until("the message to arrive", async () => (await parts(page).answers.count()) === 2 && (await parts(page).answers.last().getAttribute("data-status")) === "completed");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("letters lead to pages: an address is confirmed, a password is chosen anew", async () => {
  const link = await until("the letter", () => linkFor(rig.base, EMAIL, "/verify"));
  const { context, page, complaints } = await visit(new URL(link).pathname + new URL(link).search);
  await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
  await keepShot(page, "verify");
  await page.reload();
  await page.getByRole("heading", { name: "The address could not be confirmed" }).waitFor();
  await page.getByRole("alert").waitFor();

  await page.goto(`${rig.base}/sign-in`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByRole("button", { name: "Send the letter" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  const reset = await until("the letter", () => linkFor(rig.base, EMAIL, "/reset"));
  await page.goto(reset);
  await page.getByLabel("New password").fill("password");
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await until("the field to be marked", async () => (await page.getByLabel("New password").getAttribute("aria-invalid")) === "true");
  await page.getByLabel("New password").fill(`${PASSWORD} indeed`);
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await page.getByTestId("account-menu").filter({ hasText: "Ann Archer" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the pages are for everybody: axe in both themes, 320 pixels, and words for what went wrong elsewhere", async () => {
  const { context, page, complaints } = await visit("/sign-in?error=denied", { viewport: { width: 320, height: 640 } });
  assert.match(await page.getByRole("alert").innerText(), /You did not allow it/);
  await keepShot(page, "sign-in-narrow");
  for (const path of ["/sign-in?error=denied", "/sign-up", "/reset", "/reset?code=x", "/verify", "/invitation?code=x"]) {
    await page.goto(rig.base + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await faultsInBothThemes(page), [], path);
    assert.equal(await overflows(page), false, path);
  }
  await page.goto(`${rig.base}/sign-in?next=/settings/keys`);
  assert.equal(await page.getByRole("link", { name: "Continue with GitHub" }).getAttribute("href"), "/api/auth/oauth/github?next=%2Fsettings%2Fkeys");
  // A link that would lead elsewhere after the sign-in leads home.
  await page.goto(`${rig.base}/sign-in?next=//evil.example`);
  assert.equal(await page.getByRole("link", { name: "Sign up" }).getAttribute("href"), "/sign-up");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a page whose code does not come says so, and gives what helps to find out why", async () => {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.route("**/assets/pages-*.js", (route) => route.abort());
  await page.goto(`${rig.base}/sign-up`);
  await page.getByRole("alert").getByRole("heading", { name: "Something broke on this page" }).waitFor();
  await page.getByRole("button", { name: "Copy the details" }).click();
  await page.getByText("Copied").waitFor({ state: "attached" });
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\/sign-up\n/);
  await page.unroute("**/assets/pages-*.js");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { name: "Create your account" }).waitFor();
  await context.close();
});
