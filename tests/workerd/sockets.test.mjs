// Who may say what over a socket, as one table: every kind of frame by every principal in every conversation.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { WebSocket } from "ws";
import { at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { join, signUp, team } from "../support/teams.mjs";
import { until, within } from "../support/wait.mjs";

const secret = "the secret of the first administrator";
const rig = await Rig.start("sockets", { BOOTSTRAP_SECRET: secret });

const [owner, admin, editor, viewer, left, stranger, rival, banned, signedOut, ruler] = await Promise.all(
  ["owner", "admin", "editor", "viewer", "left", "stranger", "rival", "banned", "out", "ruler"].map((name) => signUp(rig.base, name)),
);
await ruler.expect(200, "POST", "/api/auth/bootstrap", { json: { secret } });
const ours = await team(owner, "ours");
const theirs = await team(rival, "theirs");
for (const [member, role] of [[admin, "admin"], [editor, "editor"], [viewer, "viewer"], [left, "editor"], [banned, "editor"], [signedOut, "editor"]]) await join(owner, ours.id, member, role);
await owner.expect(204, "DELETE", `/api/organizations/${ours.id}/members/${left.user.id}`);
await ruler.expect(200, "PATCH", `/api/admin/users/${banned.user.id}`, { json: { banned: true } });
await signedOut.expect(204, "POST", "/api/auth/logout");
const key = async (scopes) => (await editor.expect(201, "POST", "/api/users/me/keys", { json: { name: "k", scopes } }));
const [reads, writes, revoked] = [await key(["chat:read"]), await key(["chat:read", "chat:write"]), await key(["chat:read", "chat:write"])];
await editor.expect(204, "DELETE", `/api/users/me/keys/${revoked.key.id}`);

// What each shows at the handshake: all ways in that it has.
const bearer = (token) => ({ protocols: ["bearer", token], headers: {} });
const cookie = ({ cookie: sid }) => ({ protocols: [], headers: { cookie: sid, origin: rig.base } });
const PRINCIPALS = {
  "nobody": [{ protocols: [], headers: { origin: rig.base } }],
  "a stranger": [bearer(stranger.token), cookie(stranger)],
  "a guest": [bearer((await rig.guest()).token)],
  "the viewer": [bearer(viewer.token), cookie(viewer)],
  "the editor": [bearer(editor.token), cookie(editor)],
  "the team's admin": [bearer(admin.token)],
  "the team's owner": [bearer(owner.token), cookie(owner)],
  "an editor who has left": [bearer(left.token)],
  "another team's owner": [bearer(rival.token)],
  "an administrator": [bearer(ruler.token), cookie(ruler)],
  "an editor who is banned": [bearer(banned.token), cookie(banned)],
  "an editor who signed out": [bearer(signedOut.token), cookie(signedOut)],
  "the editor's key that reads": [bearer(reads.secret)],
  "the editor's key that writes": [bearer(writes.secret)],
  "a key that was revoked": [bearer(revoked.secret)],
};

// `w` reads and writes, `r` reads, `-` is told that there is none (4404), `x` that a key's scope is too narrow (4403), and
// `?` that it is not known who asks (4401).
const TABLE = {
  //                                private  team  another's  other team's  deleted  never was
  "nobody":                       "?        ?     ?          ?             ?        ?",
  "a stranger":                   "-        -     -          -             -        -",
  "a guest":                      "-        -     -          -             -        -",
  "the viewer":                   "-        r     -          -             -        -",
  "the editor":                   "w        w     -          -             -        -",
  "the team's admin":             "-        w     -          -             -        -",
  "the team's owner":             "-        w     -          -             -        -",
  "an editor who has left":       "-        -     -          -             -        -",
  "another team's owner":         "-        -     -          w             -        -",
  "an administrator":             "-        -     -          -             -        -",
  "an editor who is banned":      "?        ?     ?          ?             ?        ?",
  "an editor who signed out":     "?        ?     ?          ?             ?        ?",
  "the editor's key that reads":  "x        x     x          x             x        x",
  "the editor's key that writes": "w        w     -          -             -        -",
  "a key that was revoked":       "?        ?     ?          ?             ?        ?",
};

/** A conversation of `holder`'s in which an answer is under way for as long as the test lasts. */
async function busy(holder, fields = {}) {
  const { id } = await holder.create(fields);
  await holder.send(id, `turn=${id.slice(0, 8)} tokens=100000 delay=50`);
  return { id, holder };
}

const deleted = await editor.create();
await editor.expect(204, "DELETE", at(deleted.id));
const PLACES = [
  await busy(editor),
  await busy(owner, { projectId: ours.projectId }),
  await busy(await rig.guest()),
  await busy(rival, { projectId: theirs.projectId }),
  { id: deleted.id },
  { id: "018bcfe5-6800-7074-8000-0001ee3f4a5b" },
];

/** The socket with all that it hears, or the sign of the table for how it was refused. */
async function enter(id, { protocols, headers }) {
  const socket = new WebSocket(rig.base.replace("http", "ws") + at(id, "/ws"), protocols, { headers, closeTimeout: 2_000 });
  const heard = [];
  socket.on("message", (data) => heard.push(JSON.parse(String(data))));
  socket.on("error", () => {});
  const sign = { 401: "?", 4401: "?", 403: "x", 4403: "x", 404: "-", 4404: "-" };
  const refused = new Promise((resolve) => {
    socket.once("unexpected-response", (request, { statusCode }) => {
      request.destroy();
      resolve(sign[statusCode] ?? statusCode);
    });
    socket.once("close", (code) => resolve(sign[code] ?? code));
  });
  const shown = new Promise((resolve) => {
    socket.once("open", () => socket.send('{"type":"subscribe","after":0}'));
    socket.once("message", () => resolve({ socket, heard }));
  });
  return within("an event, or a refusal", Promise.race([refused, shown]), 10_000);
}

const answerOf = ({ heard }, requestId) => until(`an answer to ${requestId}`, () => heard.find((frame) => frame.requestId === requestId && frame.type !== "event"));
const state = async ({ id, holder }) => {
  const messages = await holder.messages(id);
  return { count: messages.length, running: messages.filter(({ status }) => status === "running").map(({ id: turn }) => turn) };
};

// What each kind of frame does, as a reader and as a writer: what it says, and whether the conversation has changed.
const FRAMES = {
  async subscribe({ heard }) {
    assert.equal(heard[0].type, "event");
    return "r";
  },
  async resume(entered) {
    entered.socket.send(JSON.stringify({ type: "resume", requestId: "again" }));
    assert.equal((await answerOf(entered, "again")).type, "start");
    return "r";
  },
  async send(entered, place) {
    const before = await state(place);
    const message = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: "turn=matrix tokens=2 delay=0" }] };
    entered.socket.send(JSON.stringify({ type: "send", requestId: "say", trigger: "submit-message", messages: [message] }));
    // It waits behind the answer that is under way: that it was taken is told by the log.
    const written = ({ event }) => event?.type === "message.created" && event.message.clientMessageId === message.id;
    const { errorText } = await until("word of the message", () => entered.heard.find((frame) => written(frame) || frame.requestId === "say"));
    const { count } = await state(place);
    if (errorText) {
      assert.equal(count, before.count, `${errorText}, and yet it was written`);
      return "r";
    }
    assert.equal(count, before.count + 2);
    return "w";
  },
  // Last: it ends the answer that the others look at. Another one is begun where it was allowed.
  async abort(entered, place) {
    const before = await state(place);
    assert.equal(before.running.length, 1);
    entered.socket.send(JSON.stringify({ type: "abort", requestId: "again" }));
    // Frames of a socket are done in their order: when this one is answered, the one before it was done.
    entered.socket.send(JSON.stringify({ type: "resume", requestId: "after" }));
    await answerOf(entered, "after");
    const after = await state(place);
    if (after.running.includes(before.running[0])) return "r";
    await place.holder.expect(202, "POST", at(place.id, "/stop"));
    await place.holder.send(place.id, `turn=${crypto.randomUUID().slice(0, 8)} tokens=100000 delay=50`);
    return "w";
  },
};

test("every kind of frame that the Worker knows is in the table", () => {
  const source = readFileSync(new URL("../../crates/protocol/src/frame.rs", import.meta.url), "utf8");
  const [, variants] = /pub enum ClientFrame \{([\s\S]*?)\n\}/.exec(source);
  const known = [...variants.matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, name]) => name.toLowerCase());
  assert.deepEqual(Object.keys(FRAMES).sort(), known.sort());
});

for (const [name, row] of Object.entries(TABLE)) {
  test(`over a socket, ${name}`, async () => {
    const expected = row.split(/\s+/);
    for (const [n, place] of PLACES.entries()) {
      for (const shown of PRINCIPALS[name]) {
        const entered = await enter(place.id, shown);
        const where = `conversation ${n}, ${shown.headers.cookie ? "cookie" : "bearer"}`;
        if (typeof entered !== "object") {
          assert.equal(entered, expected[n], where);
          continue;
        }
        assert.match(expected[n], /[rw]/, `${where}: was let in`);
        for (const [frame, say] of Object.entries(FRAMES)) {
          const most = ["subscribe", "resume"].includes(frame) ? "r" : expected[n];
          assert.equal(await say(entered, place), most, `${where}: ${frame}`);
        }
        entered.socket.terminate();
      }
    }
  });
}

test("an address that is no conversation's opens no socket", async () => {
  for (const id of ["nonsense", "..", "018bcfe5-6800-7074-8000", "%00", PLACES[0].id.toUpperCase() + "0"]) {
    const entered = await enter(id, bearer(editor.token));
    assert.ok(["-", 400].includes(entered), `${id}: ${JSON.stringify(entered)}`);
  }
});
