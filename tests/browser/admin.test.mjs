// Administration: the first administrator, users, limits, models, flags, the audit log, health; and that nobody else sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInBothThemes } from "../support/axe.mjs";
import { keepShot, parts, say, startBrowser } from "../support/browser.mjs";
import { Rig } from "../support/rig.mjs";
import { overflows, visitor } from "../support/visit.mjs";
import { until } from "../support/wait.mjs";

const SECRET = "the secret of whoever runs this server";
const rig = await Rig.start("browser-admin", { BOOTSTRAP_SECRET: SECRET });
const browser = await startBrowser();
const PASSWORD = "a horse of another colour";
const dialog = (page) => page.locator("dialog[open]").last();

async function person(email) {
  const { context, page, complaints } = await visitor(browser, rig.base, { path: "/sign-up" });
  await page.getByLabel("Name").fill(email.split("@")[0]);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await parts(page).composer.waitFor();
  return { context, page, complaints };
}

const { page: admin, complaints } = await person("ada@example.org");
const { page: user } = await person("bob@example.org");
const section = (name) => admin.getByRole("navigation").getByRole("link", { name }).click();

test("whoever has the secret becomes the first administrator; nobody else sees anything", async () => {
  await admin.goto(`${rig.base}/admin`);
  await admin.getByLabel("Bootstrap secret").fill("a guess");
  await admin.getByRole("button", { name: "Become administrator" }).click();
  await admin.locator(".field-error").waitFor();
  await admin.getByLabel("Bootstrap secret").fill(SECRET);
  await admin.getByRole("button", { name: "Become administrator" }).click();
  await admin.getByTestId("users").getByRole("row", { name: /bob/ }).waitFor();
  await user.goto(`${rig.base}/admin/users`);
  await user.getByRole("heading", { name: "This is for administrators" }).waitFor();
  assert.equal(await user.getByRole("table").count(), 0);
});

test("a user is found by keyboard, given a plan, limits and credits, banned, and let in again", async () => {
  await admin.getByRole("searchbox").fill("bob");
  await admin.keyboard.press("Enter");
  await until("one to be found", async () => (await admin.getByTestId("users").locator("tbody tr").count()) === 1);
  await admin.getByTestId("users").locator("tbody tr").focus();
  await admin.keyboard.press("Enter");
  await admin.getByRole("heading", { level: 2, name: "bob" }).waitFor();
  await admin.getByLabel("Plan").fill("Not A Plan");
  await admin.getByRole("button", { name: "Save", exact: true }).click();
  await until("the field to be marked", async () => (await admin.getByLabel("Plan").getAttribute("aria-invalid")) === "true");
  await admin.getByLabel("Plan").fill("pro");
  await admin.getByRole("button", { name: "Save", exact: true }).click();
  await admin.getByLabel("Most a day, in US dollars").fill("a lot");
  await admin.getByRole("button", { name: "Save the limits" }).click();
  await admin.getByText("Write an amount such as 12.50.").waitFor();
  await admin.getByLabel("Most a day, in US dollars").fill("12.50");
  await admin.getByRole("button", { name: "Save the limits" }).click();
  await admin.getByTestId("toast").filter({ hasText: "Saved" }).first().waitFor();
  await admin.getByLabel("Credits to grant, in US dollars").fill("5");
  await admin.getByRole("button", { name: "Grant" }).click();
  await admin.getByTestId("spent").filter({ hasText: "Credits left: $5.00" }).waitFor();
  const id = admin.url().split("/").at(-1);
  const { limits } = await (await admin.request.get(`${rig.base}/api/admin/limits/users/${id}`)).json();
  assert.equal(limits.dayMicroUsd, 12_500_000);
  assert.deepEqual(await faultsInBothThemes(admin), []);
  await keepShot(admin, "admin-user");

  await admin.getByRole("button", { name: "Ban", exact: true }).click();
  await dialog(admin).getByRole("button", { name: "Ban" }).click();
  await admin.getByText("Banned", { exact: true }).waitFor();
  await user.goto(`${rig.base}/`);
  await user.getByRole("heading", { name: "Your session has ended" }).waitFor();
  await admin.getByRole("button", { name: "Lift the ban" }).click();
  await admin.getByRole("button", { name: "Ban", exact: true }).waitFor();
  await dialog(user).getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog(user).getByRole("button", { name: "Sign in", exact: true }).click();
  await dialog(user).waitFor({ state: "detached" });
});

test("a model with two routes is put in the list, changed, answers, and is taken out", async () => {
  await section("Models");
  await admin.getByRole("button", { name: "New model" }).click();
  await dialog(admin).getByLabel("Name", { exact: true }).fill("house");
  await dialog(admin).getByLabel("Title").fill("House model");
  await dialog(admin).getByLabel("Provider").fill("nobody");
  await dialog(admin).getByLabel("Its name there").fill("test-model");
  await dialog(admin).getByRole("button", { name: "Save" }).click();
  await dialog(admin).getByRole("alert").waitFor();
  await dialog(admin).getByLabel("Provider").fill("openai");
  await dialog(admin).getByLabel("Input, US dollars").fill("2.5");
  await dialog(admin).getByLabel("Output, US dollars").fill("10");
  await dialog(admin).getByRole("button", { name: "Add a route" }).click();
  const second = dialog(admin).getByRole("group", { name: "Route 2" });
  await second.getByLabel("Provider").fill("builtin");
  await second.getByLabel("Its name there").fill("offline");
  assert.deepEqual(await faultsInBothThemes(admin), []);
  await keepShot(admin, "admin-model");
  await dialog(admin).getByRole("button", { name: "Save" }).click();
  await admin.getByTestId("models").getByText("openai · test-model").waitFor();
  const { models } = await (await user.request.get(`${rig.base}/api/models`)).json();
  assert.deepEqual(models.find(({ name }) => name === "house")?.price, { inputMicroUsd: 2_500_000, outputMicroUsd: 10_000_000 });
  await admin.getByRole("button", { name: "Delete: house" }).click();
  await dialog(admin).getByRole("button", { name: "Delete" }).click();
  await dialog(admin).waitFor({ state: "detached" });
  assert.equal(await admin.getByRole("button", { name: "Edit: house" }).count(), 0);
});

test("flags, the audit log, usage and health are there, for everybody's eyes and hands", async () => {
  await say(user, "turn=bob tokens=3 delay=0");
  await section("Feature flags");
  await admin.getByRole("button", { name: "New flag" }).click();
  await dialog(admin).getByLabel("Name").fill("new-composer");
  await dialog(admin).getByRole("switch", { name: "On" }).press("Space");
  await dialog(admin).getByLabel("Of everybody, percent").fill("25");
  await dialog(admin).getByRole("button", { name: "Save" }).click();
  await admin.getByTestId("flags").getByText("25%").waitFor();

  await section("Audit log");
  await admin.getByTestId("audit").getByRole("row").nth(3).waitFor();
  await keepShot(admin, "admin-audit");
  await until("bob's answer to be in the ledger", async () => (await (await admin.request.get(`${rig.base}/api/admin/usage?by=model`)).json()).groups.length > 0);
  await section("Usage");
  await admin.getByTestId("usage-models").getByRole("cell", { name: "test-model" }).waitFor();
  await section("Health");
  await admin.getByTestId("health").getByRole("row", { name: /Database/ }).waitFor();
  await keepShot(admin, "admin-health");
  const links = admin.getByRole("navigation").getByRole("link");
  for (let at = 0; at < (await links.count()); at++) {
    await links.nth(at).press("Enter");
    await until("nothing to be loading", async () => (await admin.locator('[aria-busy="true"]').count()) === 0);
    assert.deepEqual(await faultsInBothThemes(admin), [], admin.url());
    await admin.setViewportSize({ width: 320, height: 640 });
    assert.equal(await overflows(admin), false, `${admin.url()} is too wide`);
    await admin.setViewportSize({ width: 1280, height: 800 });
  }
  await admin.goto(`${rig.base}/status`);
  await admin.getByRole("heading", { name: /Everything works|Something does not work/ }).waitFor();
  assert.deepEqual(await faultsInBothThemes(admin), []);
  assert.deepEqual(complaints, []);
});
