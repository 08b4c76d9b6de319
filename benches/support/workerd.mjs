// A server's workerd as the operating system sees it: its CPU time, and the port that the Worker itself listens on.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { membersOf } from "../../tests/support/process.mjs";

const attempt = (read, otherwise) => {
  try {
    return read();
  } catch {
    return otherwise; // a thread or descriptor that has gone meanwhile
  }
};

const workerdsOf = (group) => membersOf(group).filter((pid) => attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8"), "").startsWith("workerd"));

/** Milliseconds that all threads of the group's workerd processes have spent on a processor. */
export function cpuMs(group) {
  let nanoseconds = 0;
  for (const pid of workerdsOf(group)) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += attempt(() => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]), 0);
    }
  }
  return nanoseconds / 1e6;
}

function listening() {
  const ports = new Map();
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === "0A") ports.set(inode, parseInt(local.split(":")[1], 16));
  }
  return ports;
}

/** The address of the workerd that runs the Worker: wrangler's own proxy, which stands before it, is no part of any side. */
export async function directUrl(group, publicUrl, path) {
  const ports = listening();
  for (const pid of workerdsOf(group)) {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const link = attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`), "");
      const port = ports.get(/^socket:\[(\d+)\]$/.exec(link)?.[1]);
      if (!port || String(port) === new URL(publicUrl).port) continue;
      const url = `http://127.0.0.1:${port}`;
      const status = await fetch(url + path, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.status, () => 0);
      if (status === 200) return url;
    }
  }
  throw new Error(`no workerd of group ${group} answers ${path} on a port of its own`);
}
