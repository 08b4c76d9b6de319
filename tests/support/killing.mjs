// The kill loop: conversations that never rest, tabs that always come back, a server that is killed at random; then the audit.
import { faultsOfConversation } from "./audit.mjs";
import { killAll } from "./server.mjs";
import { random } from "./script.mjs";
import { each, sleep, until, within } from "./wait.mjs";

/** Calls again until the server answers: it may be dead at the moment. */
export async function insist(what, call, ms = 120_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error.code === "ERR_ASSERTION" && !/answered 5\d\d/.test(error.message)) throw error;
      if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}: ${error.message}`);
      await sleep(60);
    }
  }
}

/** One conversation that always has an answer under way until `rest()`; sends, sometimes two at once, sometimes stops. */
async function converse(api, stream, next, rest, patienceMs) {
  for (let n = 0; !rest(); n++) {
    const batch = next() < 0.15 ? 2 : 1;
    const begun = [];
    for (let one = 0; one < batch; one++) {
      const turn = `${stream.name}.${n}${one ? "b" : ""}`;
      const tokens = 20 + Math.floor(next() * 180);
      const clientMessageId = crypto.randomUUID();
      const content = `turn=${turn} tokens=${tokens} delay=${5 + Math.floor(next() * 25)}`;
      // The same id again and again until it is acknowledged: it must be one message.
      const { message, turn: { id: turnId } } = await insist(`the acknowledgement of ${turn}`, () => api.send(stream.id, content, { clientMessageId }));
      const sent = { turn, tokens, message, turnId, stopped: false };
      stream.sent.push(sent);
      begun.push(sent);
    }
    if (next() < 0.1) {
      await sleep(next() * 800);
      const { status } = await insist(`the stop of ${stream.name}`, () => api.stop(stream.id, { turnId: begun[0].turnId }));
      begun[0].stopped = status === 202;
    }
    for (const { turnId } of begun) await stream.tabs[0].untilEnded(turnId, patienceMs);
  }
}

/** Runs it; the result tells what was done and every fault that the audit found. */
export async function killLoop(rig, { seed, kills, streams, tabs = 2, perGuest = 8, say = console.log }) {
  const next = random(seed);
  const guests = await Promise.all(Array.from({ length: Math.ceil(streams / perGuest) }, rig.guest));
  const all = await each(Array.from({ length: streams }, (_, n) => n), 8, async (n) => {
    const api = guests[Math.floor(n / perGuest)];
    const { id } = await api.create();
    const stream = { api, id, name: `s${n}`, sent: [], tabs: [] };
    for (let tab = 0; tab < tabs; tab++) stream.tabs.push(rig.tab(api, id, { name: `${stream.name} tab ${tab}`, by: tab % 2 ? "cookie" : "bearer" }));
    return stream;
  });
  let killed = 0;
  // On a busy machine the kills come faster than answers do: what counts is that all have ended when they are over.
  const patienceMs = 180_000 + kills * 10_000;
  const drivers = all.map((stream, n) => converse(stream.api, stream, random(`${seed}/${n}`), () => killed >= kills, patienceMs));
  // A driver that fails ends the loop at once.
  const failed = Promise.all(drivers).then(() => new Promise(() => {}));
  failed.catch(() => {});

  while (killed < kills) {
    await Promise.race([sleep(next() ** 2 * 2_500), failed]);
    if (next() < 0.25) all[Math.floor(next() * streams)].tabs[Math.floor(next() * tabs)].cut();
    await rig.kill();
    killed += 1;
    if (next() < 0.1 && killed < kills) {
      // Killed again before it was up.
      const starting = rig.restart().catch(() => {});
      await sleep(200 + next() * 1_200);
      killAll();
      killed += 1;
      await starting;
      await rig.kill();
    }
    await rig.restart();
    if (killed % 10 === 0) say(`${killed} kills, ${all.reduce((sum, { sent }) => sum + sent.length, 0)} turns begun, ${rig.upstream.requests.length} requests to the model`);
  }
  await within("the conversations to come to rest after the last kill", Promise.all(drivers), 180_000);
  for (const stream of all) {
    const log = await stream.api.log(stream.id);
    for (const tab of stream.tabs) await until(() => `${tab.name} to reach ${log.length} (it is at ${tab.last})`, () => tab.last >= log.length, 20_000);
  }
  const faults = [...rig.upstream.anomalies];
  let [turns, stopped, events] = [0, 0, 0];
  for (const { api, id, name, sent, tabs: readers } of all) {
    const messages = await api.messages(id);
    if (messages.length !== sent.length * 2) faults.push(`${name} has ${messages.length} messages for ${sent.length} acknowledged`);
    const status = ({ turnId }) => messages.find((message) => message.id === turnId)?.status;
    const cut = sent.filter((one) => one.stopped && status(one) === "stopped");
    const whole = sent.filter((one) => !cut.includes(one));
    faults.push(...(await faultsOfConversation(api, id, { sent: whole, tabs: readers })));
    faults.push(...(await faultsOfConversation(api, id, { sent: cut, tabs: readers, whole: false })));
    turns += sent.length;
    stopped += cut.length;
    events += readers.reduce((sum, { seen }) => sum + seen.length, 0);
  }
  const interrupted = new Set(rig.upstream.requests.filter(({ attempt }) => attempt > 1).map(({ turn }) => turn)).size;
  const summary = { seed, kills: killed, streams, tabs, turns, interrupted, stopped, requests: rig.upstream.requests.length, eventsSeen: events };
  return { summary, faults };
}
