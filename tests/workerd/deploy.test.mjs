// Another build takes over in the middle of answers, then the first one again: every tab goes on within 5 s, no turn is
// lost, and each reads what the other wrote (F-13, and F-14 on the disk: the second build is that of a later version).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { at } from "../../scripts/setup/places.mjs";
import { at as pathOf } from "../support/api.mjs";
import { faultsOfConversation } from "../support/audit.mjs";
import { insist } from "../support/killing.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const RESUMED_MS = 5_000;
const STREAMS = 5;
const TOKENS = 300;

// Two builds: the code differs, so that the runtime loads it anew and its objects begin again.
const BUILDS = { "N-1": at("entry.mjs"), N: at("tests", "support", "next-entry.mjs") };
const source = (build) => `
import Edgewise from ${JSON.stringify(BUILDS[build])};
export * from ${JSON.stringify(BUILDS[build])};

export default class extends Edgewise {
  async fetch(request) {
    return new URL(request.url).pathname === "/api/build-name" ? new Response(${JSON.stringify(build)}) : super.fetch(request);
  }
}
`;

const rig = await Rig.start("deploy", { CHAT_TIMEOUT_MS: "600000" }, (dir) => {
  const entry = join(dir, "entry.mjs");
  writeFileSync(entry, source("N-1"));
  return entry;
});

const serving = () => fetch(`${rig.base}/api/build-name`, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.text(), () => "");

/** Puts a build in the place of the one that serves: wrangler notices the file. Resolves when it answers. */
async function deploy(build) {
  writeFileSync(rig.entry, source(build));
  await until(`build ${build} to serve`, async () => (await serving()) === build, 20_000, 25);
}

test("N-1, N and N-1 again under 5 answers with 2 tabs each", { timeout: 120_000 }, async () => {
  const api = await rig.guest();
  assert.equal(await serving(), "N-1");
  const streams = await Promise.all(Array.from({ length: STREAMS }, async (_, n) => {
    const { id } = await api.create({ title: `Stream ${n}` });
    const pair = ["left", "right"].map((name, k) => rig.tab(api, id, { name: `${name} ${n}`, by: k ? "cookie" : "bearer" }));
    for (const tab of pair) await tab.untilSeq(1);
    return { id, name: `d${n}`, pair, sent: [] };
  }));
  const say = async (stream, tokens, delay) => {
    const turn = `${stream.name}.${stream.sent.length}`;
    const clientMessageId = crypto.randomUUID();
    const { message, turn: { id: turnId } } = await insist(`the acknowledgement of ${turn}`, () => api.send(stream.id, `turn=${turn} tokens=${tokens} delay=${delay}`, { clientMessageId }), 30_000);
    stream.sent.push({ turn, tokens, message, turnId });
  };
  await Promise.all(streams.map((stream) => say(stream, TOKENS, 20)));

  for (const build of ["N", "N-1"]) {
    for (const { pair, sent } of streams) await pair[0].untilText(sent[0].turnId, pair[0].text(sent[0].turnId).length + 200);
    const tabs = streams.flatMap(({ pair }) => pair);
    const before = tabs.map(({ last, connects }) => ({ last, connects }));
    const since = Date.now();
    // A message that is sent while the deploy is under way waits behind the answer, and is not lost.
    const sends = streams.map((stream) => say(stream, 10, 0));
    await deploy(build);
    const served = Date.now() - since;
    const took = await Promise.all(tabs.map(async (tab, n) => {
      await until(`${tab.name} to go on`, () => tab.connects > before[n].connects && tab.last > before[n].last, 30_000);
      return Date.now() - since;
    }));
    await Promise.all(sends);
    console.log(`build ${build} served after ${served} ms; the last of ${tabs.length} tabs went on after ${Math.max(...took)} ms`);
    assert.ok(Math.max(...took) < served + RESUMED_MS, `tabs went on after ${took} ms`);
  }

  // Changed by the older build after the later one wrote it.
  await api.expect(200, "PATCH", pathOf(streams[0].id), { json: { title: "Rolled back" } });
  for (const { pair, sent } of streams) for (const tab of pair) for (const { turnId } of sent) await tab.untilEnded(turnId, 60_000);
  await until("the catalogue to have every answer", async () => {
    const { conversations } = await api.expect(200, "GET", "/api/chat/conversations");
    return conversations.length === STREAMS && conversations.every(({ messageCount }) => messageCount === 6);
  }, 60_000, 250);
  await deploy("N");
  const faults = [...rig.upstream.anomalies];
  for (const { id, pair, sent } of streams) {
    const { length } = await api.log(id);
    for (const tab of pair) await tab.untilSeq(length);
    faults.push(...(await faultsOfConversation(api, id, { sent, tabs: pair })));
    // Each build began its objects anew: the model was asked again, from where the answer stood.
    assert.ok(rig.upstream.of(sent[0].turn).length >= 3, `${sent[0].turn} was not interrupted by both deploys`);
  }
  assert.deepEqual(faults, []);
  assert.equal((await api.get(streams[0].id)).title, "Rolled back");
});
