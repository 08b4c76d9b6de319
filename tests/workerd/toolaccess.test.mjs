// What a model may reach by tools, as one table: everything that an id may name, from every place in which tools run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { at } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { join, signUp, team } from "../support/teams.mjs";
import { calling } from "../support/upstream.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("toolaccess", { BOOTSTRAP_SECRET });
await offerTools(rig);
const [owner, editor, rival, victim] = await Promise.all(["owner", "editor", "rival", "victim"].map((name) => signUp(rig.base, name)));
const guest = await rig.guest();
const [ours, theirs] = [await team(owner, "ours"), await team(rival, "theirs")];
await join(owner, ours.id, editor, "editor");

/** A conversation with a word in it that a search finds. */
async function chat(api, word, projectId) {
  const { id } = await api.create(projectId ? { projectId } : {});
  await api.send(id, `turn=${word} tokens=1 delay=0 heron ${word}`);
  const query = projectId ? `&project=${projectId}` : "";
  await until("the index", async () => (await api.expect(200, "GET", `/api/search?q=${word}${query}`)).hits.length);
  return id;
}

const chats = {
  editor: await chat(editor, "editorsword"),
  guest: await chat(guest, "guestsword"),
  victim: await chat(victim, "victimsword"),
  ours: await chat(owner, "oursword", ours.projectId),
  theirs: await chat(rival, "theirsword", theirs.projectId),
};

const artifact = async (api, conversationId) =>
  (await api.expect(201, "POST", "/api/artifacts", { json: { title: "T", kind: "text", content: "as it was", conversationId } })).id;
const deleted = await artifact(editor);
await editor.expect(204, "DELETE", `/api/artifacts/${deleted}`);

const ARTIFACTS = [
  await artifact(editor),
  await artifact(editor, chats.editor),
  await artifact(owner, chats.ours),
  await artifact(victim),
  await artifact(victim, chats.victim),
  await artifact(rival, chats.theirs),
  await artifact(guest),
  deleted,
  crypto.randomUUID(),
  "not-an-id",
];

/** The outcome of one call: in a conversation, or in a run of a new agent. */
const inChat = (api, id) => async (call) => {
  const before = (await api.get(id)).lastSeq;
  const { turn: { id: turnId } } = await api.send(id, `turn=${crypto.randomUUID().slice(0, 8)} tokens=1 delay=0 ${calling(call)}`);
  await until("the answer", async () => (await api.message(id, turnId))?.status === "completed");
  return (await api.log(id, before)).map(({ event }) => event).filter(({ type }) => type === "tool.finished");
};
const inRun = (api, projectId) => async (call) => {
  const { id: agentId } = await api.expect(201, "POST", "/api/agents", { json: { name: "A", tools: ["artifact_read", "artifact_update", "search_conversations"], projectId } });
  const { summary: { id } } = await api.expect(201, "POST", `/api/agents/${agentId}/runs`, { json: { input: `turn=${crypto.randomUUID().slice(0, 8)} tokens=1 delay=0 ${calling(call)}` } });
  await until("the run", async () => (await api.expect(200, "GET", `/api/runs/${id}`)).summary.status === "completed");
  await api.expect(204, "DELETE", `/api/agents/${agentId}`);
  return (await api.expect(200, "GET", `/api/runs/${id}/events`)).events.map(({ event }) => event).filter(({ type }) => type === "tool.finished");
};

// `w` reads and writes, `-` is told that there is none; and the words that a search finds.
const TABLE = [
  //                                                           own: alone, in a chat; the team's; another's: alone, in a chat;
  //                                                           another team's; a guest's; deleted; never was; no id
  ["an editor's own chat", inChat(editor, chats.editor), "ww--------", ["editorsword"]],
  ["the team's chat, by an editor", inChat(editor, chats.ours), "--w-------", ["oursword"]],
  ["the team's chat, by its owner", inChat(owner, chats.ours), "--w-------", ["oursword"]],
  ["another team's chat", inChat(rival, chats.theirs), "-----w----", ["theirsword"]],
  ["a guest's chat", inChat(guest, chats.guest), "------w---", ["guestsword"]],
  ["an editor's run", inRun(editor), "ww--------", ["editorsword"]],
  ["an editor's run of the team's agent", inRun(editor, ours.projectId), "ww--------", ["editorsword"]],
];
const WORDS = TABLE.flatMap(([, , , words]) => words).concat("victimsword");

/** What each tool can reach; one that is not here fails. */
const REACHES = {
  calculator: "nothing", clock: "nothing", web_fetch: "the wall, see `wall`",
  search_conversations: "conversations", artifact_create: "where it is called", artifact_update: "artifacts", artifact_read: "artifacts",
};

test("every tool is in the table", async () => {
  const { tools } = await guest.expect(200, "GET", "/api/tools");
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), Object.keys(REACHES).toSorted());
});

for (const [place, call, row, words] of TABLE) {
  test(`artifacts from ${place}`, async () => {
    for (const [n, artifactId] of ARTIFACTS.entries()) {
      for (const [name, more, wanted] of [["artifact_read", {}, "content"], ["artifact_update", { edits: [{ find: "as it", replace: "as it" }] }, "version"]]) {
        const cell = `${name} of ${n} from ${place}`;
        const [{ output, errorText }, ...others] = await call({ name, input: { artifactId, ...more } });
        assert.equal(others.length, 0, cell);
        if (row[n] === "w") assert.notEqual(output?.[wanted], undefined, `${cell}: ${errorText}`);
        else assert.equal(errorText, "There is no artifact with that id here.", `${cell}: ${JSON.stringify(output)}`);
      }
    }
  });

  test(`a search from ${place}`, async () => {
    const [{ output }] = await call({ name: "search_conversations", input: { query: "heron" } });
    const found = JSON.stringify(output);
    assert.deepEqual(WORDS.filter((word, at) => found.includes(word) && WORDS.indexOf(word) === at), words, found);
  });
}

test("what was refused was not done", async () => {
  for (const n of [3, 4]) {
    assert.equal((await victim.expect(200, "GET", `/api/artifacts/${ARTIFACTS[n]}`)).version, 1);
    assert.equal((await victim.raw("GET", `/api/artifacts/${ARTIFACTS[n]}/content`).then((answer) => answer.text())), "as it was");
  }
  assert.equal((await victim.get(chats.victim)).messageCount, 2);
});
