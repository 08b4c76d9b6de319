// `npm start`: sets up what is missing, builds what changed, serves it. `--watch` (npm run dev) builds again on changes.
import "./setup/old-node.mjs";
import { readFileSync, watch } from "node:fs";
import { buildAll, buildWorker, setUp } from "./setup/build.mjs";
import { at, stateDir } from "./setup/places.mjs";
import { Failure, main, say } from "./setup/steps.mjs";
import { assertFree, serve } from "./serve/server.mjs";

const MINUTE_MS = 60_000;
// Wrangler's own chatter about itself; what the Worker prints passes.
const CHATTER = /^\[wrangler:info\]|^⎔|^Your Worker has access|^Binding +Resource|^env\.\w+ .*(local|remote|not supported)$/;

await main(async (args) => {
  const port = readPort(process.env.PORT || "8787");
  if (port !== 0) await assertFree(port);
  await setUp();
  await buildAll();

  let ready = false;
  const server = await serve({ port, stateDir, onLine: (line) => ready && line && !CHATTER.test(line) && say(line) });
  ready = true;
  const watchers = args.includes("--watch") ? watchSources() : [];
  const clock = setInterval(() => tick(server.url), MINUTE_MS);

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    clearInterval(clock);
    clearInterval(guard);
    for (const watcher of watchers) watcher.close();
    await server.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal).on(signal, stop);
  const guard = stopWithParent(stop);
  server.ended.then(() => {
    if (stopping) return;
    console.error(`The local server ended by itself. Its log: ${server.logFile}`);
    process.exit(1);
  });

  say(`Edgewise is ready at ${server.url}`);
});

function readPort(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Failure(`PORT is "${text}": it must be a number from 0 to 65535.`);
  return port;
}

/** Locally nobody rings the cron: this does, every minute, as [triggers] in wrangler.toml says. */
function tick(url) {
  fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`).then((answer) => answer.body?.cancel(), () => {});
}

/** Npm killed hard tells nobody, but leaves an orphan: us, or the shell between. Without npm, outliving the shell is meant. */
function stopWithParent(stop) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parent = process.ppid;
  const grandparent = shellParentOf(parent);
  return setInterval(() => (process.ppid !== parent || shellParentOf(parent) !== grandparent) && stop(), 500);
}

/** The parent of `pid` when that is a shell which waits for us; known on Linux only, where such shells are. */
function shellParentOf(pid) {
  try {
    return /\((?:\w*sh)\) \S+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** Builds again after a change; wrangler sees the new build and reloads. */
function watchSources() {
  let timer;
  let building = Promise.resolve();
  const changed = (_, file) => {
    if (!file?.endsWith(".rs") && !file?.endsWith(".toml")) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(buildWorker).catch((error) => console.error(`${error.message}\n${error.details ?? ""}`));
    }, 300);
  };
  return ["src", "crates", "durable_objects"].map((folder) => watch(at(folder), { recursive: true }, changed));
}
