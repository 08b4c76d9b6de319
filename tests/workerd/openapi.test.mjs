// The API's document: valid, served, and true: every operation is carried out, and each answer is held to its schema.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Api, at } from "../support/api.mjs";
import { Authenticator, totp } from "../support/authenticator.mjs";
import { opened, openSocket } from "../support/client.mjs";
import { committed, Contract } from "../support/openapi.mjs";
import { page, startWeb } from "../support/places.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const SECRET = "the secret of the first administrator";
const PASSWORD = "correct horse battery";
const web = await startWeb({ "/story": page("text/html", "<title>Story</title><p>once") });
// Stands in for Stripe: every request gets a page.
const stripe = createServer((_, response) => response.end(JSON.stringify({ url: "https://stripe.example/page" })));
await new Promise((resolve) => stripe.listen(0, "127.0.0.1", resolve));
after(() => stripe.close());
const sold = { STRIPE_SECRET_KEY: "sk", STRIPE_WEBHOOK_SECRET: "whsec", STRIPE_BASE_URL: `http://127.0.0.1:${stripe.address().port}`, STRIPE_PLANS: '{"price_1":"pro"}' };
const settings = { BOOTSTRAP_SECRET: SECRET, OUTBOUND_ALLOW_HOSTS: `127.0.0.1:${web.port}`, TOOLS_ASK_FIRST: "calculator" };
const rig = await Rig.start("openapi", { ...settings, ...sold });
const contract = new Contract(committed());

/** Successes that were seen, as `operation status type`. */
const seen = new Set();

/** Carries out a call that must answer with `status`, holds the answer to the document, and gives its body. */
async function call(api, status, method, path, options) {
  const answer = await api.call(method, path, options);
  const what = `${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.equal(answer.status, status, what);
  const operation = contract.operation(method, path.split("?")[0]);
  assert.ok(operation, `${method} ${path} is not in the document`);
  assert.deepEqual(contract.faultsOf(operation, answer), [], what);
  // An answer without a body may name a type all the same: that of what it leaves out.
  const type = answer.text ? (answer.headers.get("content-type") ?? "").split(";")[0] : "";
  seen.add([operation.id, status, type].join(" ").trim());
  return answer.body;
}

const signedIn = ({ accessToken, user }) => Object.assign(new Api(rig.base), { token: accessToken, user });
const stranger = new Api(rig.base);
const events = { headers: { accept: "text/event-stream" } };

async function codeFor(page) {
  const { letters } = await stranger.expect(200, "GET", "/api/dev/mailbox");
  return letters.map(({ text }) => new RegExp(`/${page}\\?code=([\\w-]+)`).exec(text)?.[1]).find(Boolean);
}

test("the document is one of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(committed());
  assert.ok(valid, JSON.stringify(errors, null, 1));
  const ids = contract.operations.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, "an id names one operation");
});

test("it is served to everybody, with a tag", async () => {
  const url = `${rig.base}/openapi.json`;
  const response = await fetch(url, { headers: { origin: "https://elsewhere.example" } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual(await response.json(), committed(), "the build is older than the document");
  const again = await fetch(url, { headers: { "if-none-match": response.headers.get("etag") } });
  assert.equal(again.status, 304);
});

test("health", async () => {
  await call(stranger, 200, "GET", "/health");
  await call(stranger, 200, "GET", "/api/health");
  await call(stranger, 200, "GET", "/api/ready");
});

test("identity", async () => {
  const email = "ann@example.org";
  await call(stranger, 201, "POST", "/api/auth/guest");
  const first = await call(stranger, 201, "POST", "/api/auth/signup", { json: { email, password: PASSWORD, name: "Ann" } });
  const ann = signedIn(first);
  await call(stranger, 200, "POST", "/api/auth/login", { json: { email, password: PASSWORD } });
  await call(stranger, 200, "POST", "/api/auth/refresh", { json: { refreshToken: first.refreshToken } });
  await call(ann, 200, "GET", "/api/auth/session");
  await call(ann, 202, "POST", "/api/auth/verify/send");
  await call(stranger, 204, "POST", "/api/auth/verify", { json: { code: await codeFor("verify") } });
  await call(stranger, 202, "POST", "/api/auth/reset", { json: { email } });
  const newPassword = "another horse battery";
  const reset = signedIn(await call(stranger, 200, "POST", "/api/auth/reset/confirm", { json: { code: await codeFor("reset"), newPassword } }));
  const changed = signedIn(await call(reset, 200, "POST", "/api/auth/password", { json: { currentPassword: newPassword, newPassword: PASSWORD } }));
  await call(changed, 200, "POST", "/api/auth/bootstrap", { json: { secret: SECRET } });
  await call(stranger, 200, "GET", "/api/auth/providers");
  await call(stranger, 302, "GET", "/api/auth/oauth/github?next=/");
  await call(stranger, 302, "GET", "/api/auth/oauth/github/callback?code=x&state=y");
  await call(changed, 204, "POST", "/api/auth/logout");
  assert.deepEqual(contract.faultsOf(contract.operation("GET", "/api/auth/session"), await changed.call("GET", "/api/auth/session")), []);
});

test("an account", async () => {
  const email = "bea@example.org";
  const bea = signedIn(await stranger.expect(201, "POST", "/api/auth/signup", { json: { email, password: PASSWORD } }));
  await call(bea, 200, "GET", "/api/users/me");
  await call(bea, 200, "PATCH", "/api/users/me", { json: { name: "Bea" } });
  const { sessions } = await call(bea, 200, "GET", "/api/users/me/sessions");
  await call(bea, 204, "DELETE", "/api/users/me/sessions");
  const gone = await stranger.expect(200, "POST", "/api/auth/login", { json: { email, password: PASSWORD } });
  const other = (await bea.expect(200, "GET", "/api/users/me/sessions")).sessions.find(({ id }) => id !== sessions[0].id);
  await call(bea, 204, "DELETE", `/api/users/me/sessions/${other.id}`);
  assert.ok(gone.accessToken);
  const once = { json: { name: "k", scopes: ["chat:read"] }, headers: { "idempotency-key": "1" } };
  const { key } = await call(bea, 201, "POST", "/api/users/me/keys", once);
  await call(bea, 201, "POST", "/api/users/me/keys", once);
  await call(bea, 200, "GET", "/api/users/me/keys");
  await call(bea, 204, "DELETE", `/api/users/me/keys/${key.id}`);

  const device = new Authenticator(rig.base);
  const { publicKey, attempt } = await call(bea, 200, "POST", "/api/users/me/passkeys/options");
  const made = await call(bea, 201, "POST", "/api/users/me/passkeys", { json: { name: "phone", attempt, credential: device.create(publicKey) } });
  await call(bea, 200, "GET", "/api/users/me/passkeys");
  const asked = await call(stranger, 200, "POST", "/api/auth/passkey/options");
  await call(stranger, 200, "POST", "/api/auth/passkey", { json: { attempt: asked.attempt, credential: device.get(asked.publicKey) } });
  await call(bea, 204, "DELETE", `/api/users/me/passkeys/${made.id}`);

  const { secret } = await call(bea, 200, "POST", "/api/users/me/totp", { json: { password: PASSWORD } });
  const { recoveryCodes } = await call(bea, 200, "POST", "/api/users/me/totp/confirm", { json: { code: totp(secret) } });
  const { challenge } = await call(stranger, 401, "POST", "/api/auth/login", { json: { email, password: PASSWORD } });
  await call(stranger, 200, "POST", "/api/auth/login/second", { json: { challenge, code: recoveryCodes[0] } });
  await call(bea, 204, "DELETE", "/api/users/me/totp", { json: { password: PASSWORD, code: recoveryCodes[1] } });
  await call(bea, 204, "DELETE", "/api/users/me", { json: { password: PASSWORD } });
});

/** Whom the test of identity made the first administrator. */
const signInAdmin = async () => signedIn(await stranger.expect(200, "POST", "/api/auth/login", { json: { email: "ann@example.org", password: PASSWORD } }));
const signUp = async (email) => signedIn(await stranger.expect(201, "POST", "/api/auth/signup", { json: { email, password: PASSWORD } }));

test("organizations", async () => {
  const [cleo, dan] = [await signUp("cleo@example.org"), await signUp("dan@example.org")];
  const once = { json: { name: "Team" }, headers: { "idempotency-key": "1" } };
  const { id } = await call(cleo, 201, "POST", "/api/organizations", once);
  await call(cleo, 201, "POST", "/api/organizations", once);
  const team = (rest = "") => `/api/organizations/${id}${rest}`;
  await call(cleo, 200, "GET", "/api/organizations");
  await call(cleo, 200, "GET", team());
  await call(cleo, 200, "PATCH", team(), { json: { name: "The team" } });

  const wrong = await call(cleo, 201, "POST", team("/invitations"), { json: { email: "nobody@example.org", role: "viewer" } });
  await call(cleo, 200, "GET", team("/invitations"));
  await call(cleo, 204, "DELETE", team(`/invitations/${wrong.id}`));
  await call(cleo, 201, "POST", team("/invitations"), { json: { email: "dan@example.org", role: "viewer" } });
  await call(dan, 200, "POST", "/api/invitations/accept", { json: { code: await codeFor("invitation") } });
  await call(cleo, 200, "GET", team("/members"));
  await call(cleo, 204, "PATCH", team(`/members/${dan.user.id}`), { json: { role: "editor" } });

  const { id: projectId } = await call(cleo, 201, "POST", team("/projects"), { json: { name: "Sums", jurisdiction: "eu" }, headers: { "idempotency-key": "2" } });
  await call(dan, 200, "GET", team("/projects"));
  await call(dan, 200, "GET", team(`/projects/${projectId}`));
  await call(cleo, 200, "PATCH", team(`/projects/${projectId}`), { json: { name: "More sums" } });
  const made = await call(dan, 201, "POST", "/api/chat/conversations", { json: { projectId } });
  const { conversations } = await call(cleo, 200, "GET", `/api/chat/conversations?project=${projectId}`);
  assert.deepEqual(conversations.map((each) => [each.id, each.projectId]), [[made.id, projectId]]);
  await call(dan, 204, "DELETE", at(made.id));
  await call(cleo, 204, "DELETE", team(`/projects/${projectId}`));
  await call(cleo, 204, "DELETE", team(`/members/${dan.user.id}`));
  await call(cleo, 204, "DELETE", team());
});

test("administration", async () => {
  const admin = await signInAdmin();
  const eve = await signUp("eve@example.org");
  const one = `/api/admin/users/${eve.user.id}`;
  await call(admin, 200, "GET", "/api/admin/users?limit=1&q=example");
  await call(admin, 200, "GET", one);
  await call(admin, 200, "PATCH", one, { json: { plan: "pro", name: "Eve", banned: false, role: "user" }, headers: { "idempotency-key": "1" } });
  await call(admin, 204, "DELETE", `${one}/keys`);
  await call(admin, 204, "POST", `${one}/sign-out`);
  await call(admin, 200, "GET", `/api/admin/audit?target=${eve.user.id}&actor=${admin.user.id}&limit=1`);
});

test("money", async () => {
  const admin = await signInAdmin();
  const fay = await signUp("fay@example.org");
  await call(fay, 200, "GET", "/api/usage?by=day&limit=1");
  await call(admin, 200, "GET", "/api/admin/usage?by=user");
  const limits = `/api/admin/limits/users/${fay.user.id}`;
  await call(admin, 200, "PUT", limits, { json: { monthMicroUsd: 5 } });
  await call(admin, 200, "GET", limits);
  await call(admin, 200, "POST", `/api/admin/users/${fay.user.id}/credits`, { json: { microUsd: 7 }, headers: { "idempotency-key": "credits" } });
  await call(fay, 200, "POST", "/api/subscription/checkout", { json: { plan: "pro" } });
  const at = Math.floor(Date.now() / 1000);
  const items = { data: [{ price: { id: "price_1" }, current_period_end: at + 86_400 }] };
  const body = JSON.stringify({ id: "evt_1", type: "customer.subscription.created", created: at, data: { object: { id: "sub_1", customer: "cus_1", status: "active", created: at, metadata: { user: fay.user.id }, items } } });
  const signature = createHmac("sha256", "whsec").update(`${at}.${body}`).digest("hex");
  await call(stranger, 200, "POST", "/api/stripe/webhook", { body, headers: { "content-type": "application/json", "stripe-signature": `t=${at},v1=${signature}` } });
  assert.equal((await call(fay, 200, "GET", "/api/subscription")).plan, "pro");
  await call(fay, 200, "POST", "/api/subscription/portal");
});

test("pages of the web", async () => {
  // Its own host is closed to it: by this name the addresses of loopback are not its own.
  const guest = Object.assign(await rig.guest(), { base: rig.base.replace("127.0.0.1", "localhost") });
  const { text } = await call(guest, 200, "POST", "/api/web/read", { json: { url: `${web.base}/story` } });
  assert.equal(text, "once");
});

test("feature flags", async () => {
  const admin = await signInAdmin();
  await call(admin, 200, "PUT", "/api/admin/flags/new-composer", { json: { enabled: true, percent: 10, tenants: [admin.user.id] } });
  await call(admin, 200, "GET", "/api/admin/flags");
  await call(admin, 200, "GET", "/api/flags");
  await call(admin, 204, "DELETE", "/api/admin/flags/new-composer");
});

test("models", async () => {
  const admin = await signInAdmin();
  const routes = [{ provider: "builtin", model: "edgewise-offline", price: { inputMicroUsd: 0, outputMicroUsd: 0 } }];
  await call(admin, 200, "PUT", "/api/admin/models/small", { json: { title: "Small", abilities: { tools: false, contextTokens: 8_000 }, routes } });
  await call(admin, 200, "GET", "/api/admin/models");
  await call(admin, 200, "GET", "/api/models");
  await call(admin, 204, "DELETE", "/api/admin/models/small");
});

test("conversations", async () => {
  const list = "/api/chat/conversations";
  const guest = await rig.guest();
  const made = { json: { title: "Sums", systemPrompt: "Be brief.", model: "m" }, headers: { "idempotency-key": "1" } };
  const { id } = await call(guest, 201, "POST", list, made);
  await call(guest, 201, "POST", list, made);
  await call(guest, 200, "GET", `${list}?limit=1&q=Su`);
  const { headers } = await guest.call("GET", list);
  await call(guest, 304, "GET", list, { headers: { "if-none-match": headers.get("etag") } });
  await call(guest, 200, "PATCH", at(id), { json: { title: "More sums" } });
  await call(guest, 202, "POST", at(id, "/messages"), { json: { content: "turn=a tokens=3", clientMessageId: "one" } });
  await call(guest, 200, "POST", at(id, "/messages"), { json: { content: "turn=b tokens=3" }, ...events });
  await call(guest, 200, "POST", at(id, "/messages"), { json: { content: "turn=c tokens=1 fault=status401" }, ...events });
  const { lastSeq } = await call(guest, 200, "GET", at(id));
  const page = await guest.call("GET", at(id, "/messages"));
  await call(guest, 200, "GET", at(id, "/messages?limit=2"));
  await call(guest, 304, "GET", at(id, "/messages"), { headers: { "if-none-match": page.headers.get("etag") } });
  await call(guest, 200, "GET", at(id, "/events?after=0&wait=1"));
  await call(guest, 304, "GET", at(id, `/events?after=${lastSeq}`), { headers: { "if-none-match": `"${lastSeq}"` } });
  await call(guest, 202, "POST", at(id, "/stop"), { json: {} });

  // The log has no end of its own.
  const stream = await guest.raw("GET", at(id, "/events"), events);
  let text = "";
  for await (const piece of stream.body.pipeThrough(new TextDecoderStream())) if ((text += piece).includes(`id: ${lastSeq}\n`)) break;
  assert.deepEqual(contract.faultsOf(contract.operation("GET", at(id, "/events")), { status: stream.status, headers: stream.headers, text }), []);
  seen.add(`getEvents ${stream.status} text/event-stream`);

  const socket = openSocket(guest, id);
  await opened(socket);
  seen.add("openSocket 101");
  socket.terminate();
  await call(guest, 204, "DELETE", at(id));
});

test("search, files and links", async () => {
  const guest = await rig.guest();
  const { id } = await guest.create();
  await guest.send(id, "apples turn=f tokens=2");
  await until("an answer", async () => (await guest.messages(id)).at(-1).status === "completed");
  await until("it to be found", async () => (await call(guest, 200, "GET", "/api/search?q=apples&limit=1")).hits.length);
  const file = await call(guest, 200, "GET", at(id, "/export"));
  await call(guest, 200, "GET", at(id, "/export?format=markdown"));
  await call(guest, 200, "GET", at(id, "/export?format=html"));
  await call(guest, 200, "POST", "/api/import", { json: [file, {}] });
  const { url, share } = await call(guest, 201, "POST", at(id, "/shares"), { json: { kind: "live", expiresAt: "2100-01-01T00:00:00.000Z" } });
  await call(guest, 200, "GET", at(id, "/shares"));
  const { pathname } = new URL(url);
  await call(stranger, 200, "GET", pathname);
  const { headers } = await stranger.call("GET", pathname);
  await call(stranger, 304, "GET", pathname, { headers: { "if-none-match": headers.get("etag") } });
  await call(guest, 204, "DELETE", at(id, `/shares/${share.id}`));
});

test("what is done with messages", async () => {
  const guest = await rig.guest();
  const { id } = await guest.create();
  await call(guest, 200, "POST", at(id, "/messages"), { json: { content: "turn=d tokens=2" }, ...events });
  const [question, answer] = await guest.messages(id);
  const about = (message, rest = "") => at(id, `/messages/${message.id}${rest}`);
  await call(guest, 200, "PUT", about(answer, "/vote"), { json: { value: "up", reason: "clear" } });
  await call(guest, 202, "POST", about(answer, "/regenerate"), { json: {} });
  await call(guest, 200, "POST", about(question, "/regenerate"), events);
  const { turn } = await guest.expect(202, "POST", at(id, "/messages"), { json: { content: "turn=e tokens=20 delay=50" } });
  await guest.expect(202, "POST", at(id, "/stop"));
  const on = await call(guest, 202, "POST", about(turn, "/continue"));
  assert.equal(on.turn.continues, turn.id);
  await guest.expect(202, "POST", at(id, "/stop"));
  await call(guest, 200, "POST", about(on.turn, "/continue"), events);
  const fork = await call(guest, 201, "POST", at(id, "/fork"), { json: { messageId: answer.id } });
  await call(guest, 204, "DELETE", about(question));
  assert.deepEqual(await guest.messages(id), []);
  assert.equal((await guest.messages(fork.id)).length, 2, "a copy is its own");
});

test("a call of a tool that waits is decided", async () => {
  const guest = await rig.guest();
  const { id } = await guest.create();
  await guest.expect(202, "POST", at(id, "/messages"), { json: { content: "What is 3 * 7?", model: "edgewise-offline" } });
  const asks = async () => (await guest.messages(id)).at(-1).parts.find(({ state }) => state === "approval-requested");
  const { toolCallId } = await until("the call to wait", asks);
  await call(guest, 200, "POST", at(id, `/approvals/${toolCallId}`), { json: { approved: true } });
});

test("keys of one's own", async () => {
  const guest = await rig.guest();
  const keys = "/api/users/me/provider-keys";
  await call(guest, 200, "PUT", `${keys}/openai`, { json: { key: "sk-own-0123456789" } });
  await call(guest, 200, "GET", keys);
  await call(guest, 200, "GET", `${keys}/openai`);
  await call(guest, 204, "DELETE", `${keys}/openai`);
});

test("files", async () => {
  const api = await rig.guest();
  const files = "/api/chat/attachments";
  const bytes = { "content-type": "text/plain" };
  const { id } = await call(api, 201, "POST", `${files}?name=a.txt`, { body: "0123456789", headers: bytes });
  await call(api, 200, "GET", `${files}/${id}/info`);
  const { headers } = await api.call("GET", `${files}/${id}`);
  await call(api, 200, "GET", `${files}/${id}`);
  await call(api, 206, "GET", `${files}/${id}`, { headers: { range: "bytes=0-1" } });
  await call(api, 304, "GET", `${files}/${id}`, { headers: { "if-none-match": headers.get("etag") } });
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  for (const [type, head] of [["image/png", png], ["image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe0])], ["image/gif", "GIF89a"], ["image/webp", "RIFF0000WEBPVP8 "]]) {
    const image = await api.expect(201, "POST", `${files}?name=i`, { body: head, headers: { "content-type": type } });
    await call(api, 200, "GET", `${files}/${image.id}`);
    await call(api, 206, "GET", `${files}/${image.id}`, { headers: { range: "bytes=0-1" } });
  }
  const upload = await call(api, 201, "POST", `${files}/uploads`, { json: { name: "u.txt", mediaType: "text/plain", size: 4 } });
  await call(api, 200, "PUT", `${files}/${upload.id}/parts/1`, { body: "four", headers: bytes });
  await call(api, 200, "POST", `${files}/${upload.id}/complete`);
  await call(api, 204, "DELETE", `${files}/${id}`);
});

test("presets and prompts", async () => {
  const guest = await rig.guest();
  const tour = async (list, body) => {
    const once = { json: body, headers: { "idempotency-key": list } };
    const { id } = await call(guest, 201, "POST", list, once);
    await call(guest, 201, "POST", list, once);
    await call(guest, 200, "GET", list);
    await call(guest, 200, "GET", `${list}/${id}`);
    await call(guest, 200, "PUT", `${list}/${id}`, { json: body });
    return id;
  };
  const presetId = await tour("/api/presets", { name: "Brief", systemPrompt: "Be brief.", parameters: { temperature: 0.2 } });
  const { systemPrompt } = await call(guest, 201, "POST", "/api/chat/conversations", { json: { presetId } });
  assert.equal(systemPrompt, "Be brief.");
  await call(guest, 204, "DELETE", `/api/presets/${presetId}`);
  const promptId = await tour("/api/prompts", { title: "Sum up", command: "sum", text: "Sum up {{text}}." });
  await call(guest, 204, "DELETE", `/api/prompts/${promptId}`);
});

test("artifacts and tools", async () => {
  const api = await rig.guest();
  const { id } = await call(api, 201, "POST", "/api/artifacts", { json: { title: "A", kind: "code", language: "js", content: "1\n" } });
  const path = `/api/artifacts/${id}`;
  await call(api, 200, "GET", "/api/artifacts");
  await call(api, 200, "GET", path);
  await call(api, 200, "PATCH", path, { json: { title: "B" } });
  await call(api, 200, "PUT", `${path}/content`, { json: { content: "2\n", baseVersion: 1 } });
  const { headers } = await api.call("GET", `${path}/content`);
  await call(api, 200, "GET", `${path}/content`);
  await call(api, 304, "GET", `${path}/content`, { headers: { "if-none-match": headers.get("etag") } });
  await call(api, 200, "GET", `${path}/versions`);
  await call(api, 200, "GET", `${path}/diff?from=1&to=2`);
  await call(api, 200, "POST", `${path}/restore`, { json: { version: 1 } });
  await call(api, 204, "DELETE", path);
  await call(api, 200, "GET", "/api/tools");
});

test("agents and runs", async () => {
  const api = await rig.guest();
  const body = { name: "Scout", model: "edgewise-offline", tools: ["calculator"] };
  const once = { json: body, headers: { "idempotency-key": "agent" } };
  const { id } = await call(api, 201, "POST", "/api/agents", once);
  await call(api, 201, "POST", "/api/agents", once);
  const agent = (rest = "") => `/api/agents/${id}${rest}`;
  await call(api, 200, "GET", "/api/agents?limit=1");
  await call(api, 200, "PUT", agent(), { json: { ...body, name: "Scout 2" } });
  await call(api, 200, "GET", agent("?version=1"));
  await call(api, 200, "GET", agent("/versions"));
  await call(api, 200, "POST", agent("/restore"), { json: { version: 1 } });
  const task = { json: { input: "What is 3 * 7?" }, headers: { "idempotency-key": "run" } };
  const { summary } = await call(api, 201, "POST", agent("/runs"), task);
  await call(api, 201, "POST", agent("/runs"), task);
  const run = (rest = "") => `/api/runs/${summary.id}${rest}`;
  const { approvals } = await until("the call to wait", async () => {
    const now = await call(api, 200, "GET", run());
    return now.approvals.length ? now : null;
  });
  await call(api, 200, "POST", run(`/approvals/${approvals[0]}`), { json: { approved: true } });
  await until("the run to end", async () => (await api.expect(200, "GET", run())).output?.includes("21"));
  await call(api, 200, "GET", run("/events"));
  await call(api, 200, "GET", run("/events"), events);
  await call(api, 204, "GET", run("/events?after=99"), events);
  await call(api, 200, "GET", "/api/runs?status=completed&limit=1");
  const nightly = { json: { input: "Look.", cron: "0 3 * * *", timeZone: "Europe/Berlin" }, headers: { "idempotency-key": "nightly" } };
  const { id: schedule } = await call(api, 201, "POST", agent("/schedules"), nightly);
  await call(api, 201, "POST", agent("/schedules"), nightly);
  await call(api, 200, "GET", agent("/schedules"));
  await call(api, 200, "GET", agent(`/schedules/${schedule}`));
  await call(api, 200, "PUT", agent(`/schedules/${schedule}`), { json: { input: "Look.", rrule: "FREQ=DAILY", enabled: false } });
  await call(api, 204, "DELETE", agent(`/schedules/${schedule}`));
  const paid = { json: { data: 1 }, headers: { "idempotency-key": "paid" } };
  const { summary: open } = await call(api, 201, "POST", agent("/runs"), { json: { input: "What is 3 * 7?" } });
  await call(api, 200, "POST", `/api/runs/${open.id}/events/paid`, paid);
  await call(api, 200, "POST", `/api/runs/${open.id}/events/paid`, paid);
  const anew = { json: { step: "answer-1" }, headers: { "idempotency-key": "rerun" } };
  await call(api, 201, "POST", run("/rerun"), anew);
  await call(api, 201, "POST", run("/rerun"), anew);
  await call(api, 200, "POST", run("/cancel"));
  await call(api, 204, "DELETE", agent());
});

test("webhooks", async () => {
  const api = await rig.guest();
  const once = { json: { url: `http://127.0.0.1:${web.port}/hook` }, headers: { "idempotency-key": "hook" } };
  const { endpoint } = await call(api, 201, "POST", "/api/webhooks/endpoints", once);
  await call(api, 201, "POST", "/api/webhooks/endpoints", once);
  await call(api, 200, "GET", "/api/webhooks/endpoints");
  const at = (rest = "") => `/api/webhooks/endpoints/${endpoint.id}${rest}`;
  await call(api, 200, "GET", at());
  await call(api, 200, "POST", at("/rotate"));
  await call(api, 202, "POST", at("/test"));
  await until("a try", async () => (await call(api, 200, "GET", at("/attempts"))).attempts.length > 0);
  await call(api, 200, "GET", at("/events?after=0&limit=1&dead=false"));
  await call(api, 200, "POST", at("/replay"), { json: { after: 0 } });
  await call(api, 200, "PATCH", at(), { json: { enabled: false } });
  await call(api, 204, "DELETE", at());
});

test("the AI SDK's paths", async () => {
  const guest = await rig.guest();
  const says = (id, text) => ({ json: { id: "chat-1", messages: [{ id, role: "user", parts: [{ type: "text", text }] }], trigger: "submit-message" } });
  await call(guest, 200, "POST", "/api/chat", { ...says("one", "turn=a tokens=3"), headers: { accept: "*/*" } });
  await call(guest, 204, "GET", "/api/chat/chat-1/stream");
  const running = call(guest, 200, "POST", "/api/chat", { ...says("two", "turn=b tokens=100 delay=50"), headers: { accept: "*/*" } });
  const resumed = await until("the answer to be under way", async () => {
    const stream = await guest.raw("GET", "/api/chat/chat-1/stream");
    return stream.status === 200 ? stream : null;
  });
  await call(guest, 202, "POST", "/api/chat/chat-1/stop");
  await running;
  const text = await resumed.text();
  assert.deepEqual(contract.faultsOf(contract.operation("GET", "/api/chat/chat-1/stream"), { status: 200, headers: resumed.headers, text }), []);
  seen.add("resumeChat 200 text/event-stream");
});

test("every success of every operation was seen", () => {
  const told = contract.operations.flatMap(({ id, about }) =>
    Object.keys(about.responses).filter((status) => status < 400).flatMap((status) => Object.keys(about.responses[status].content ?? { "": 0 }).map((type) => `${id} ${status} ${type}`.trim())),
  );
  assert.deepEqual(told.filter((each) => !seen.has(each)), []);
});
