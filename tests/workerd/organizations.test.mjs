// Organizations on the real runtime: in by a letter, out within a second, and no word lost by a kill.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { closed, frames, openSocket, opened } from "../support/client.mjs";
import { Rig } from "../support/rig.mjs";
import { each, until } from "../support/wait.mjs";

const rig = await Rig.start("organizations");
const password = "correct horse battery";

async function signUp(email) {
  const api = new Api(rig.base);
  const { accessToken, user } = await api.expect(201, "POST", "/api/auth/signup", { json: { email, password } });
  return Object.assign(api, { token: accessToken, user, email });
}

/** Asks `member` in by a letter; they press its link. */
async function invite(owner, organization, member, role) {
  await owner.expect(201, "POST", `/api/organizations/${organization}/invitations`, { json: { email: member.email, role } });
  const { letters } = await owner.expect(200, "GET", "/api/dev/mailbox");
  const letter = letters.find(({ to, text }) => to === member.email && text.includes("/invitation?code="));
  const [, code] = /\/invitation\?code=([\w-]+)/.exec(letter.text);
  const joined = await member.expect(200, "POST", "/api/invitations/accept", { json: { code } });
  assert.deepEqual([joined.id, joined.role], [organization, role]);
}

/** An organization with a project, an owner and somebody in `role`. */
async function team(name, role, jurisdiction = "none") {
  const [owner, member] = [await signUp(`owner@${name}.example.org`), await signUp(`member@${name}.example.org`)];
  const { id: organization } = await owner.expect(201, "POST", "/api/organizations", { json: { name } });
  await invite(owner, organization, member, role);
  const { id: projectId } = await owner.expect(201, "POST", `/api/organizations/${organization}/projects`, { json: { name, jurisdiction } });
  return { owner, member, organization, projectId, memberPath: `/api/organizations/${organization}/members/${member.user.id}` };
}

const message = (requestId, text) => JSON.stringify({
  type: "send", requestId, trigger: "submit-message", messages: [{ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text }] }],
});

async function subscribed(api, id) {
  const socket = await opened(openSocket(api, id));
  const heard = frames(socket);
  socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 0 }));
  return Object.assign(socket, { heard });
}

test("a member writes over a socket, falls to viewer, reads on and is refused", async () => {
  const { owner, member, projectId, memberPath } = await team("falls", "editor", "eu");
  const { id } = await owner.create({ projectId });
  assert.match(id, /00e5$/);
  const socket = await subscribed(member, id);
  socket.send(message("r1", "turn=member tokens=3 delay=0"));
  await until("the answer", () => socket.heard.some(({ type, requestId }) => type === "end" && requestId === "r1"));
  const end = closed(socket);
  await owner.expect(204, "PATCH", memberPath, { json: { role: "viewer" } });
  assert.deepEqual(await end, { code: 4403, reason: "your role has changed" });
  const again = await subscribed(member, id);
  await until("the log", () => again.heard.some(({ event }) => event?.type === "turn.ended"));
  again.send(message("r2", "turn=viewer tokens=3 delay=0"));
  await until("the refusal", () => again.heard.some(({ type, requestId, errorText }) => type === "error" && requestId === "r2" && /role/.test(errorText)));
  assert.equal(again.readyState, again.OPEN, "a viewer reads on");
  again.close();
  assert.equal((await owner.messages(id)).length, 2);
  assertProblem(await member.call("POST", at(id, "/messages"), { json: { content: "x" } }), 403, "a viewer's message");
});

test("a removal closes 1,000 open sockets within a second, ends streams, and harms nobody else", async () => {
  const { owner, member, projectId, memberPath } = await team("removed", "editor");
  const ids = await each(Array.from({ length: 20 }), 5, async () => (await owner.create({ projectId })).id);
  const { id: own } = await member.create();
  const sockets = await each(Array.from({ length: 1_000 }), 50, (_, n) => subscribed(member, ids[n % ids.length]));
  const others = [await subscribed(owner, ids[0]), await subscribed(member, own)];
  const stream = (await member.raw("GET", at(ids[0], "/events"), { headers: { accept: "text/event-stream" } })).body.getReader();
  await stream.read();
  const ends = sockets.map((socket) => closed(socket, 20_000));
  const since = Date.now();
  await owner.expect(204, "DELETE", memberPath);
  const told = Date.now() - since;
  const codes = await Promise.all(ends);
  assert.deepEqual([...new Set(codes.map(({ code }) => code))], [4403]);
  assert.ok(told < 1_000, `took ${told} ms to tell the objects`);
  while (!(await stream.read()).done);
  assertProblem(await member.call("GET", at(ids[0])), 404, "who has left");
  for (const socket of others) {
    assert.equal(socket.readyState, socket.OPEN);
    socket.close();
  }
});

test("a word that a kill took away is said by the cron", async () => {
  const { owner, member, projectId, organization, memberPath } = await team("killed", "editor");
  const { id } = await owner.create({ projectId });
  await rig.kill();
  // As the database is when the row was written and nobody was told.
  const dir = join(rig.state.path, "v3", "d1");
  const file = readdirSync(dir, { recursive: true }).find((name) => /[0-9a-f]{64}\.sqlite$/.test(name));
  const database = new DatabaseSync(join(dir, file));
  const change = database.prepare("UPDATE members SET role = NULL, version = version + 1 WHERE organization = ? AND user = ?");
  assert.equal(change.run(organization, member.user.id).changes, 1);
  database.close();
  await rig.restart();
  assert.equal((await member.call("GET", at(id))).status, 200, "their account has not heard");
  assert.equal((await fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`)).status, 200);
  await until("the account to have heard", async () => (await member.call("GET", at(id))).status === 404);
  assertProblem(await owner.call("DELETE", memberPath), 404, "nobody is removed twice");
});
