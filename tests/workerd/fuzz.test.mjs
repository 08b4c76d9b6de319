// Every operation of the API's document under requests that are drawn from it: good, at the bounds, and wrong in one
// place or several. Whatever comes, the answer is one that the document promises, and nothing is half done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, at } from "../support/api.mjs";
import { Requests, send, shown } from "../support/fuzz.mjs";
import { committed, Contract } from "../support/openapi.mjs";
import { Rig } from "../support/rig.mjs";
import { seed } from "../support/seed.mjs";
import { each } from "../support/wait.mjs";

const CASES = Number(process.env.CASES ?? 30);
/** Repeats one operation alone, or one case of it. */
const { OPERATION, CASE } = process.env;
const WIDTH = 8;

const BOOTSTRAP_SECRET = "the secret of the first administrator";
const PASSWORD = "correct horse battery";
// Nothing listens at the resolver's port: no name has an address, and no page outside is asked for.
const rig = await Rig.start("fuzz", { BOOTSTRAP_SECRET, RESOLVER_URL: "http://127.0.0.1:1/dns-query" });
const contract = new Contract(committed());
const stranger = new Api(rig.base);
let users = 0;

async function signUp() {
  const email = `user${users++}@example.org`;
  const answer = await stranger.call("POST", "/api/auth/signup", { json: { email, password: PASSWORD } });
  assert.equal(answer.status, 201, answer.text);
  return Object.assign(new Api(rig.base), { email, token: answer.body.accessToken, user: answer.body.user, cookie: answer.headers.getSetCookie()[0].split(";", 1)[0] });
}

const admin = await signUp();
await admin.expect(200, "POST", "/api/auth/bootstrap", { json: { secret: BOOTSTRAP_SECRET } });

/** An organization of `owner`'s with a member, an open invitation and a project. */
async function team(owner) {
  const { id } = await owner.expect(201, "POST", "/api/organizations", { json: { name: "Team" } });
  const path = `/api/organizations/${id}`;
  const invite = (email) => owner.expect(201, "POST", `${path}/invitations`, { json: { email, role: "viewer" } });
  const member = await signUp();
  await invite(member.email);
  const { letters } = await owner.expect(200, "GET", "/api/dev/mailbox");
  const letter = letters.find(({ to, text }) => to === member.email && text.includes("/invitation?code="));
  const [, code] = /\/invitation\?code=([\w-]+)/.exec(letter.text);
  await member.expect(200, "POST", "/api/invitations/accept", { json: { code } });
  const [invitation, project] = await Promise.all([invite("invited@example.org"), owner.expect(201, "POST", `${path}/projects`, { json: { name: "Project" } })]);
  return { path, holes: { id, user: member.user.id, invitation: invitation.id, project: project.id } };
}

/** Somebody who owns one of everything, a stranger, and an administrator. */
class World {
  /** One for the operations of `path`: passwords and organizations cost time, and are made where they are needed. */
  static async make(path) {
    const teamed = path.startsWith("/api/organizations");
    const named = teamed || /me$|password|totp|passkey|verify|bootstrap|invitations/.test(path);
    const world = Object.assign(new World(), { base: rig.base, admin });
    [world.owner, world.stranger] = await Promise.all([named ? signUp() : rig.guest(), rig.guest()]);
    const { owner } = world;
    // Administrators do what they do to somebody whom nobody needs.
    if (/^\/api\/admin\/(users|limits)\//.test(path)) world.subject = (await signUp()).user.id;
    if (teamed) world.team = await team(owner);
    const key = async (scopes) => (await owner.expect(201, "POST", "/api/users/me/keys", { json: { name: "k", scopes } })).secret;
    [world.key, world.readKey] = await Promise.all([key(["chat:read", "chat:write"]), key(["chat:read"])]);
    if (path.startsWith("/api/chat/attachments")) {
      world.file = (await owner.expect(201, "POST", "/api/chat/attachments?name=f.txt", { body: crypto.randomUUID(), headers: { "content-type": "text/plain" } })).id;
      world.upload = (await owner.expect(201, "POST", "/api/chat/attachments/uploads", { json: { name: "u.txt", size: 9 } })).id;
    }
    if (path.startsWith("/api/artifacts")) world.artifact = (await owner.expect(201, "POST", "/api/artifacts", { json: { title: "A", kind: "text", content: "one" } })).id;
    if (/^\/api\/(agents|runs)/.test(path)) {
      // The built-in model asks nobody: every run of it ends by itself.
      world.agent = (await owner.expect(201, "POST", "/api/agents", { json: { name: "A", model: "edgewise-offline" } })).id;
      world.schedule = (await owner.expect(201, "POST", `/api/agents/${world.agent}/schedules`, { json: { input: "Hello", cron: "0 9 1 1 *" } })).id;
      world.run = (await owner.expect(201, "POST", `/api/agents/${world.agent}/runs`, { json: { input: "Hello" } })).summary.id;
    }
    if (path.startsWith("/api/webhooks")) {
      world.webhook = (await owner.expect(201, "POST", "/api/webhooks/endpoints", { json: { url: "https://hooks.example.org/" } })).endpoint.id;
    }
    world.conversation = (await owner.create({ title: "mine" })).id;
    if (path.includes("share")) {
      await owner.send(world.conversation, "words turn=fuzz tokens=1");
      const { url, share } = await owner.expect(201, "POST", at(world.conversation, "/shares"), { json: { kind: "live" } });
      Object.assign(world, { share: share.id, token: url.split("/").at(-1) });
    }
    world.kept = (await owner.expect(200, "GET", "/api/users/me/keys")).keys[0].id;
    world.session = (await owner.expect(200, "GET", "/api/users/me/sessions")).sessions[0].id;
    await admin.expect(200, "PUT", "/api/admin/flags/fuzzed", { json: { enabled: true } });
    if (path.startsWith("/api/admin/models")) await admin.expect(200, "PUT", "/api/admin/models/fuzzed", { json: { routes: [{ provider: "builtin", model: "m" }] } });
    return world;
  }

  /** What stands in the hole `name` of `path`. */
  ids(path, name) {
    if (path.startsWith("/api/organizations")) return this.team.holes[name];
    if (name === "scope") return "users";
    if (/^\/api\/admin\/(users|limits)/.test(path)) return this.subject;
    if (name === "share" || name === "token") return this[name];
    if (path.startsWith("/api/chat/attachments")) return name === "number" ? "1" : /parts|complete/.test(path) ? this.upload : this.file;
    if (path.startsWith("/api/artifacts")) return this.artifact;
    if (path.startsWith("/api/agents")) return name === "schedule" ? this.schedule : this.agent;
    if (path.startsWith("/api/webhooks")) return this.webhook;
    if (path.startsWith("/api/runs")) return name === "call" ? "call_1_0" : name === "name" ? "paid" : this.run;
    return name === "name" ? "fuzzed" : name === "provider" ? "github" : path.includes("/keys") ? this.kept : path.includes("/sessions") ? this.session : path.includes("/passkeys") ? "AAAA" : this.conversation;
  }

  /** Whether everybody in it may still do what they may. */
  async isWhole() {
    const answers = await Promise.all([this.owner.call("GET", "/api/users/me"), this.stranger.call("GET", "/api/users/me"), this.owner.call("GET", at(this.conversation)), stranger.call("GET", at(this.conversation), { headers: { "x-api-key": this.key } }), this.owner.call("GET", at(this.conversation), { headers: { authorization: null, cookie: this.owner.cookie } })]);
    return answers.every(({ status }) => status === 200) && (!this.team || (await this.#isTeamWhole()));
  }

  async #isTeamWhole() {
    const { path, holes } = this.team;
    const [members, invitations, projects] = await Promise.all(["members", "invitations", "projects"].map((list) => this.owner.call("GET", `${path}/${list}`)));
    if ([members, invitations, projects].some(({ status }) => status !== 200)) return false;
    const has = ({ body }, list, id) => body[list].some((each) => (each.id ?? each.userId) === id);
    return has(members, "members", holes.user) && has(invitations, "invitations", holes.invitation) && has(projects, "projects", holes.project);
  }
}

/** Valid by their schema, and refused all the same: passwords, codes and ids that name nothing. */
const KNOWS_MORE = ["createWebhook", "changeWebhook", "replayWebhook", "testWebhook", "setAgent", "listAgents", "listRuns", "rerunRun", "createSchedule", "setSchedule", "sendRunEvent", "signUp", "signIn", "signInSecond", "refresh", "verifyEmail", "confirmReset", "changePassword", "deleteMe", "beginTotp", "confirmTotp", "removeTotp", "createPasskey", "signInWithPasskey", "bootstrap", "sendMessage", "forkConversation", "stopConversation", "chat", "resumeChat", "stopChat", "openSocket", "getEvents", "acceptInvitation", "readPage", "search", "importConversations", "createShare", "listUsage", "listAllUsage", "setModel", "getLimits", "setLimits", "uploadAttachment", "beginUpload", "addPart", "completeUpload", "exportConversation", "listArtifacts", "createConversation"];
const INSIDE = /panicked|\.rs:\d|\.m?js:\d|node_modules|\/(work|tmp|root|home)\/|SQLITE|D1_ERROR|stack backtrace|RuntimeError|QUEUE_|AUTH_SECRET|CF_VERSION|UNIQUE constraint/;

/** What is wrong with an answer, as sentences. */
function faultsOf(operation, { kind, json, request }, answer) {
  const faults = contract.faultsOf(operation, answer);
  const { status, headers, text } = answer;
  if (status >= 500) faults.push(`${status}`);
  if (!headers.get("x-request-id")) faults.push("no x-request-id");
  if (INSIDE.test(text)) faults.push(`it tells of the inside: ${INSIDE.exec(text)[0]}`);
  if (status >= 400) faults.push(...problemFaults(operation, answer));
  if (json !== undefined && status < 300 && breaks(operation, json)) faults.push(`${status} although the body does not fit its schema: ${breaks(operation, json)}`);
  const isGood = kind === "valid" || kind === "edge";
  if (isGood && [400, 413, 415, 422].includes(status) && !KNOWS_MORE.includes(operation.id)) faults.push(`${status} although it fits the document`);
  return faults.map((fault) => `${fault}\n    ${shown(request)}\n    ${status} ${text.slice(0, 300)}`);
}

function problemFaults({ parameters }, { status, headers, text }) {
  if (headers.get("content-type") !== "application/problem+json") return [`a problem of type ${headers.get("content-type")}`];
  const { requestId, errors, status: told } = JSON.parse(text);
  const faults = [];
  if (requestId !== headers.get("x-request-id")) faults.push("requestId is another");
  if (told !== status) faults.push("status is another");
  if (status === 422 && !errors?.length) faults.push("no pointer to the bad field");
  const points = ({ pointer }) => pointer === "" || pointer.startsWith("/") || parameters.some(({ name }) => name === pointer);
  if (errors?.length && !errors.every(points)) faults.push("it points at what the document does not know");
  return faults;
}

function breaks(operation, json) {
  try {
    return contract.fits(operation.about.requestBody.content["application/json"].schema, JSON.parse(json))[0];
  } catch {
    return undefined;
  }
}

/** What creating makes, where it is listed, and what the answer calls it; a stream calls it nothing. */
const CREATES = {
  createOrganization: { list: () => "/api/organizations", items: "organizations", id: ({ id }) => id },
  createProject: { list: ({ team }) => `${team.path}/projects`, items: "projects", id: ({ id }) => id, of: "owner" },
  createConversation: { list: () => "/api/chat/conversations", items: "conversations", id: ({ id }) => id },
  createKey: { list: () => "/api/users/me/keys", items: "keys", id: ({ key }) => key.id },
  createPasskey: { list: () => "/api/users/me/passkeys", items: "passkeys", id: ({ id }) => id },
  createShare: { list: ({ conversation }) => at(conversation, "/shares"), items: "shares", id: ({ share }) => share.id, of: "owner" },
  chat: { list: () => "/api/chat/conversations", items: "conversations" },
  sendMessage: { list: ({ conversation }) => at(conversation, "/messages"), items: "messages", of: "owner" },
};

async function listed(world, { list, items, of }) {
  const ids = [];
  for (const api of of ? [world[of]] : [world.owner, world.stranger]) {
    for (let cursor = ""; cursor !== null; ) {
      const body = await api.expect(200, "GET", `${list(world)}?cursor=${cursor}`);
      ids.push(...body[items].filter(({ role }) => role !== "assistant").map(({ id }) => id));
      cursor = body.nextCursor ?? null;
    }
  }
  return ids;
}

for (const operation of contract.operations.filter(({ id }) => !OPERATION || id === OPERATION)) {
  test(`${operation.id}: ${operation.method} ${operation.path}`, async () => {
    let world = await World.make(operation.path);
    const creates = CREATES[operation.id];
    const made = new Set(creates ? await listed(world, creates) : []);
    const before = made.size;
    const faults = [];
    const statuses = {};
    const run = async (index) => {
      const drawn = new Requests(contract, operation, seed, index).draw(world);
      const answer = await send(rig.base, drawn.request).catch((error) => ({ status: 0, headers: new Headers(), text: String(error) }));
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      faults.push(...faultsOf(operation, drawn, answer).map((fault) => `case ${index}: ${fault}`));
      const body = creates?.id && answer.status === 201 ? JSON.parse(answer.text) : null;
      // Temporary conversations are in no list.
      if (body && !body.temporary) made.add(creates.id(body));
    };
    // What ends sessions or deletes what others need is done one at a time, in a world that is mended.
    const ends = operation.method === "DELETE" || /logout|password|signup/.test(operation.path);
    const indices = CASE ? [Number(CASE)] : Array.from({ length: ends ? CASES / 2 : CASES }, (_, index) => index);
    await each(indices, ends ? 1 : WIDTH, async (index) => {
      await run(index);
      if (ends && !(await world.isWhole())) world = await World.make(operation.path);
    });
    if (creates) {
      const now = await listed(world, creates);
      if (creates.id) assert.deepEqual(now.sort(), [...made].sort(), "what is listed is what was made");
      const successes = Object.entries(statuses).filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0);
      assert.ok(now.length - before <= successes, `${now.length - before} were made by ${successes} successes`);
    }
    console.log(`${operation.id} ${JSON.stringify(statuses)}`);
    assert.equal(faults.length, 0, `SEED=${seed} OPERATION=${operation.id}: ${faults.length} faults\n  ${faults.slice(0, 5).join("\n  ")}`);
  });
}

test("the server is as healthy as before", async () => {
  assert.equal((await fetch(`${rig.base}/health`)).status, 200);
  await stranger.expect(200, "GET", "/api/health");
  await World.make("/api/organizations");
  assert.doesNotMatch(rig.server.log(), /panicked|Critical error|RuntimeError|Uncaught/, "the server's log tells of a panic");
});
