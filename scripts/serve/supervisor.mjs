// Owns the process group of one local server, and ends the whole group when whoever asked for it is gone.
//
// Wrangler starts a node and two workerd that outlive it when it is killed hard. This process leads their group, and
// its standard input is a pipe from the asker: the pipe's end tells of any death, SIGKILL included.
// Usage: node supervisor.mjs COMMAND ARGS…
import { spawn } from "node:child_process";

const GRACE_MS = 3_000;
const [command, ...args] = process.argv.slice(2);
let ending = false;

function end() {
  if (ending) return;
  ending = true;
  signal("SIGTERM");
  setTimeout(() => signal("SIGKILL"), GRACE_MS);
}

/** To the group: the negative of its leader's id, which is ours. SIGTERM comes back to us too, and is ignored. */
const signal = (name) => process.kill(-process.pid, name);

for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, end);
process.stdin.on("end", end).on("error", end).resume();

spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] }).on("error", end).on("exit", () => {
  // Its own children may still be there: leave nothing behind.
  ending = true;
  signal("SIGKILL");
});
