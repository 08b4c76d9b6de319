// An account's whole way on the real runtime: what the router's tests prove in process, over real D1, KV and objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, assertProblem } from "../support/api.mjs";
import { totp } from "../support/authenticator.mjs";
import { Rig } from "../support/rig.mjs";

const rig = await Rig.start("accounts", { BOOTSTRAP_SECRET: "the secret of the first administrator", GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" });
const email = "ann@example.org";
const password = "correct horse battery";
const stranger = new Api(rig.base);
const signedIn = ({ accessToken, user }) => Object.assign(new Api(rig.base), { token: accessToken, user });

/** The code of the newest letter with a link to `page`. */
async function codeFor(page) {
  const { letters } = await stranger.expect(200, "GET", "/api/dev/mailbox");
  const texts = letters.map(({ text }) => new RegExp(`/${page}\\?code=([\\w-]+)`).exec(text)?.[1]);
  return texts.find(Boolean);
}

test("every part answers", async () => {
  const { services, checks } = await stranger.expect(200, "GET", "/api/health");
  for (const part of ["database", "cache", "storage", "objects", "queues", "models"]) {
    assert.equal(services[part], "healthy", part);
    assert.equal(checks[part].ok, true, part);
  }
  await stranger.expect(200, "GET", "/api/ready");
});

test("an address is confirmed, a password is chosen anew, and each link works once", async () => {
  const first = signedIn(await stranger.expect(201, "POST", "/api/auth/signup", { json: { email, password } }));
  const code = await codeFor("verify");
  await stranger.expect(204, "POST", "/api/auth/verify", { json: { code } });
  assertProblem(await stranger.call("POST", "/api/auth/verify", { json: { code } }), 422, "a link that was used");
  assert.equal((await first.expect(200, "GET", "/api/users/me")).emailVerified, true);
  await stranger.expect(202, "POST", "/api/auth/reset", { json: { email } });
  const reset = { code: await codeFor("reset"), newPassword: "another horse battery" };
  const pressed = await Promise.all(Array.from({ length: 5 }, () => stranger.call("POST", "/api/auth/reset/confirm", { json: reset })));
  assert.deepEqual(pressed.map(({ status }) => status).sort(), [200, 422, 422, 422, 422]);
  assertProblem(await first.call("GET", "/api/users/me"), 401, "a session from before the reset");
});

test("a second factor is asked for, and each of its codes works once", async () => {
  const login = { email, password: "another horse battery" };
  const ann = signedIn(await stranger.expect(200, "POST", "/api/auth/login", { json: login }));
  const { secret } = await ann.expect(200, "POST", "/api/users/me/totp", { json: { password: login.password } });
  const setUp = totp(secret);
  const { recoveryCodes } = await ann.expect(200, "POST", "/api/users/me/totp/confirm", { json: { code: setUp } });
  assert.equal(recoveryCodes.length, 10);
  const { body: { challenge } } = await stranger.call("POST", "/api/auth/login", { json: login });
  const finish = (code) => stranger.call("POST", "/api/auth/login/second", { json: { challenge, code } });
  assertProblem(await finish(setUp), 422, "the code that set it up");
  assert.equal((await finish(totp(secret, Date.now() + 30_000))).status, 200);
  const twice = await Promise.all([finish(recoveryCodes[0]), finish(recoveryCodes[0])]);
  assert.deepEqual(twice.map(({ status }) => status).sort(), [200, 422]);
  assertProblem(await Object.assign(new Api(rig.base), { token: challenge }).call("GET", "/api/users/me"), 401, "a challenge as token");
});

test("what is sent twice with one key is made once, also after a kill", async () => {
  const api = await rig.guest();
  const make = (title) => api.call("POST", "/api/chat/conversations", { json: { title }, headers: { "idempotency-key": "k" } });
  const first = await make("A");
  await rig.kill();
  await rig.restart();
  const second = await make("A");
  assert.deepEqual([first.status, second.status, second.body], [201, 201, first.body]);
  assert.equal(second.headers.get("idempotency-replayed"), "true");
  assertProblem(await make("B"), 422, "another request");
});

test("the ways in from elsewhere begin as they should", async () => {
  const { providers } = await stranger.expect(200, "GET", "/api/auth/providers");
  assert.deepEqual(providers, [{ id: "github", name: "GitHub" }]);
  const begun = await stranger.raw("GET", "/api/auth/oauth/github?next=/x");
  assert.equal(begun.status, 302);
  const to = new URL(begun.headers.get("location"));
  assert.deepEqual([to.origin, to.searchParams.get("code_challenge_method")], ["https://github.com", "S256"]);
  const forged = await stranger.raw("GET", "/api/auth/oauth/github/callback?code=x&state=y");
  assert.match(forged.headers.get("location"), /^\/sign-in\?error=\w+$/);
  const { publicKey } = await stranger.expect(200, "POST", "/api/auth/passkey/options");
  assert.equal(publicKey.userVerification, "required");
});

test("an administrator switches a feature on, and nobody else sees that there is such a route", async () => {
  const bob = signedIn(await stranger.expect(201, "POST", "/api/auth/signup", { json: { email: "bob@example.org", password } }));
  const set = () => bob.call("PUT", "/api/admin/flags/new-thing", { json: { enabled: true, percent: 100 } });
  assertProblem(await set(), 404, "not an administrator");
  await bob.expect(200, "POST", "/api/auth/bootstrap", { json: { secret: "the secret of the first administrator" } });
  assert.equal((await set()).status, 200);
  assert.deepEqual((await bob.expect(200, "GET", "/api/flags")).flags, { "new-thing": true });
});
