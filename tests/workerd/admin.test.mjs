// Administration on the real runtime: who is banned falls silent within a second, and an account that is deleted takes its
// conversations along, also when everything is killed in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { closed, frames, openSocket, opened } from "../support/client.mjs";
import { objectsOf } from "../support/objects.mjs";
import { Rig } from "../support/rig.mjs";
import { each } from "../support/wait.mjs";

const secret = "the secret of the first administrator";
const rig = await Rig.start("admin", { RATE_LIMIT_LOGIN: "1000", BOOTSTRAP_SECRET: secret });
const password = "correct horse battery";

async function signUp(email) {
  const api = new Api(rig.base);
  const { accessToken, user } = await api.expect(201, "POST", "/api/auth/signup", { json: { email, password } });
  return Object.assign(api, { token: accessToken, user });
}

/** One round of the cron. */
const tick = () => fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`).then((answer) => answer.text());

const ann = await signUp("ann@example.org");
await ann.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });

test("a ban silences 1,000 open sockets within a second", async () => {
  const bob = await signUp("bob@example.org");
  const { secret: key } = await bob.expect(201, "POST", "/api/users/me/keys", { json: { name: "k" } });
  const ids = await each(Array.from({ length: 20 }), 5, async () => (await bob.create()).id);
  const byKey = Object.assign(new Api(rig.base), { token: key });
  const sockets = await each(Array.from({ length: 1_000 }), 20, async (_, n) => {
    const socket = await opened(openSocket(n % 2 ? bob : byKey, ids[n % ids.length]));
    frames(socket);
    return socket;
  });
  const ends = sockets.map((socket) => closed(socket, 10_000));
  const since = Date.now();
  const { banned } = await ann.expect(200, "PATCH", `/api/admin/users/${bob.user.id}`, { json: { banned: true } });
  const told = Date.now() - since;
  assert.equal(banned, true);
  const codes = (await Promise.all(ends)).map(({ code }) => code);
  assert.deepEqual([...new Set(codes)], [4401]);
  assert.ok(told < 1_000, `took ${told} ms`);
  for (const who of [bob, byKey]) assertProblem(await who.call("GET", at(ids[0])), 401, "somebody banned");
  assertProblem(await new Api(rig.base).call("POST", "/api/auth/login", { json: { email: "bob@example.org", password } }), 401, "a sign-in of somebody banned");
  await ann.expect(200, "PATCH", `/api/admin/users/${bob.user.id}`, { json: { banned: false } });
  await new Api(rig.base).expect(200, "POST", "/api/auth/login", { json: { email: "bob@example.org", password } });
  const { entries } = await ann.expect(200, "GET", `/api/admin/audit?target=${bob.user.id}`);
  assert.deepEqual(entries.map(({ detail }) => detail), ["not banned", "banned"]);
});

test("an account that is deleted takes its conversations along, through kills", { timeout: 180_000 }, async () => {
  const [eve, kim] = [await signUp("eve@example.org"), await signUp("kim@example.org")];
  const ids = await each(Array.from({ length: 30 }), 5, async () => (await eve.create({ title: "Mine" })).id);
  const kept = (await kim.create({ title: "Kept" })).id;
  await eve.send(ids[0], "turn=last tokens=400 delay=20");
  await eve.expect(204, "DELETE", "/api/users/me", { json: { password } });
  for (let kill = 0; kill < 3; kill++) {
    const round = tick().catch(() => "killed");
    await new Promise((resolve) => setTimeout(resolve, 20 + kill * 60));
    await rig.kill();
    await round;
    await rig.restart();
  }
  // What is left is done by whole rounds.
  for (let round = 0; round < 2; round++) await tick();
  assertProblem(await ann.call("GET", `/api/admin/users/${eve.user.id}`), 404, "somebody who has left");
  assertProblem(await eve.call("GET", at(ids[0])), 401, "their token");
  assert.equal((await kim.get(kept)).title, "Kept");
  await rig.kill();
  const rows = objectsOf(rig.state.path, (database) => database.prepare("SELECT count(*) AS count FROM log").get().count);
  const heads = objectsOf(rig.state.path, (database) => JSON.parse(database.prepare("SELECT meta FROM log WHERE seq = 1").get().meta));
  for (const id of ids) {
    assert.equal(rows.get(id), 1, `the log of ${id} is not empty`);
    assert.doesNotMatch(JSON.stringify(heads.get(id)), /Mine/);
  }
  assert.match(JSON.stringify(heads.get(kept)), /Kept/);
  await rig.restart();
});
