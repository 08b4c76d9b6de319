// Reading a conversation of 100 messages, again and again, with 16 clients.
import { now } from "../support/clock.mjs";
import { clients, get } from "../support/line.mjs";
import { cpuMs } from "../support/workerd.mjs";

const CLIENTS = 16;
const TURNS = 50;

/** Fills a conversation; gives what a client has to GET. */
export async function fill(side) {
  if (!side.open) return side.history();
  const conversation = await side.open();
  for (let turn = 0; turn < TURNS; turn++) await conversation.ask("tokens=2 delay=0", () => {});
  conversation.close();
  return side.history(conversation.id);
}

/** Requests a second, and microseconds of CPU for each. */
export async function read(side, { url, headers }, seconds) {
  const through = clients(CLIENTS);
  const bytes = await get(url, headers, through);
  let done = 0;
  const [from, cpu] = [now(), cpuMs(side.pid)];
  const until = from + seconds * 1_000;
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (now() < until) await get(url, headers, through), done++;
  }));
  const [took, spent] = [now() - from, cpuMs(side.pid) - cpu];
  through.destroy();
  return { perSecond: (done / took) * 1_000, cpuPerRequest: (spent * 1_000) / done, bytes };
}
