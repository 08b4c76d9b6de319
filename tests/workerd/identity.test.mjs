// Accounts on the real runtime: a thousand open sockets fall silent when their session ends, and nobody else's do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, assertProblem, at } from "../support/api.mjs";
import { closed, frames, openSocket, opened } from "../support/client.mjs";
import { Rig } from "../support/rig.mjs";
import { each, until } from "../support/wait.mjs";

const rig = await Rig.start("identity", { RATE_LIMIT_LOGIN: "1000", BOOTSTRAP_SECRET: "the secret of the first administrator" });
const password = "correct horse battery";

/** A person with a name and a session. */
async function signUp(email) {
  const api = new Api(rig.base);
  const { accessToken, refreshToken, user } = await api.expect(201, "POST", "/api/auth/signup", { json: { email, password } });
  return Object.assign(api, { token: accessToken, refreshToken, user });
}

async function signIn(email) {
  const api = new Api(rig.base);
  const answer = await api.call("POST", "/api/auth/login", { json: { email, password } });
  assert.equal(answer.status, 200, answer.text);
  const cookie = answer.headers.getSetCookie()[0];
  assert.match(cookie, /^sid=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=7776000$/);
  return Object.assign(api, { token: answer.body.accessToken, user: answer.body.user, cookie: cookie.split(";", 1)[0] });
}

test("signing out silences 1,000 open sockets within a second, and no other", async () => {
  await signUp("ann@example.org");
  const [leaving, staying] = [await signIn("ann@example.org"), await signIn("ann@example.org")];
  const ids = await each(Array.from({ length: 20 }), 5, async () => (await leaving.create()).id);
  const open = async (api, id) => {
    const socket = await opened(openSocket(api, id));
    frames(socket);
    socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 0 }));
    return socket;
  };
  const sockets = await each(Array.from({ length: 1_000 }), 50, (_, n) => open(leaving, ids[n % ids.length]));
  const others = await each(ids, 5, (id) => open(staying, id));
  const ends = sockets.map((socket) => closed(socket, 20_000));
  const since = Date.now();
  await leaving.call("POST", "/api/auth/logout");
  const told = Date.now() - since;
  const codes = await Promise.all(ends);
  const took = Date.now() - since;
  assert.deepEqual([...new Set(codes.map(({ code }) => code))], [4401]);
  // The answer means that every object has closed its sockets; that each client has noticed takes this machine longer.
  assert.ok(told < 1_000, `took ${told} ms to tell the objects, ${took} until every client had noticed`);
  assertProblem(await leaving.call("GET", at(ids[0])), 401, "the token of a session that ended");
  for (const socket of others) assert.equal(socket.readyState, socket.OPEN);
  // Those that stay hear what is said.
  const heard = frames(others[0]);
  await staying.send(ids[0], "turn=after tokens=2 delay=0");
  await until("the answer on a socket that stays", () => heard.some(({ event }) => event?.type === "turn.ended"));
  for (const socket of others) socket.close();
});

test("an event stream ends with its session", async () => {
  await signUp("eve@example.org");
  const api = await signIn("eve@example.org");
  const { id } = await api.create();
  const response = await api.raw("GET", at(id, "/events"), { headers: { accept: "text/event-stream" } });
  const reader = response.body.getReader();
  await reader.read();
  await api.call("POST", "/api/auth/logout");
  for (;;) if ((await reader.read()).done) break;
});

test("a session survives a kill, and so does its end", async () => {
  await signUp("kim@example.org");
  const [kept, ended] = [await signIn("kim@example.org"), await signIn("kim@example.org")];
  await ended.call("POST", "/api/auth/logout");
  await rig.kill();
  await rig.restart();
  assert.equal((await kept.call("GET", "/api/auth/session")).body.user.email, "kim@example.org");
  assertProblem(await ended.call("GET", "/api/auth/session"), 401, "a session that ended before the kill");
  assertProblem(await ended.call("GET", "/api/auth/session", { headers: { authorization: null, cookie: ended.cookie } }), 401, "its cookie");
});

test("of 20 who become the first administrator at once, one is", async () => {
  const people = await each(Array.from({ length: 20 }), 4, (_, n) => signUp(`person${n}@example.org`));
  const secret = "the secret of the first administrator";
  const answers = await Promise.all(people.map((api) => api.call("POST", "/api/auth/bootstrap", { json: { secret } })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join(" "));
  const roles = await each(people, 5, async (api) => (await api.expect(200, "GET", "/api/users/me")).role);
  assert.equal(roles.filter((role) => role === "admin").length, 1);
});

test("of 20 who sign up with one address at once, one does", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => new Api(rig.base).call("POST", "/api/auth/signup", { json: { email: "race@example.org", password } })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 409).length, 19);
});

test("the time of a refusal does not tell who has an account", async () => {
  await signUp("known@example.org");
  const time = async (email) => {
    const since = performance.now();
    assertProblem(await new Api(rig.base).call("POST", "/api/auth/login", { json: { email, password: "not the password" } }), 401, email);
    return performance.now() - since;
  };
  const [known, unknown] = [[], []];
  for (let round = 0; round < 15; round++) {
    known.push(await time("known@example.org"));
    unknown.push(await time("unknown@example.org"));
  }
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  const ratio = median(known) / median(unknown);
  // A hash takes some 30 ms, everything else 2: without the work for nobody this would be over 5.
  assert.ok(ratio > 0.5 && ratio < 2, `known ${median(known)} ms, unknown ${median(unknown)} ms`);
});
