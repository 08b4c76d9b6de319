// What the operating system tells about the processes of a server.
import { readdirSync, readFileSync } from "node:fs";

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Ids of the processes of a group. */
export const membersOf = (group) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    // The command may hold spaces and brackets: the fields begin after the last bracket.
    .filter((pid) => read(`/proc/${pid}/stat`).split(") ").at(-1).split(" ")[2] === String(group))
    .map(Number);

/** Leaders of the process groups of the servers that this process started. */
export const ownSupervisors = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/stat`).split(") ").at(-1).split(" ")[1] === String(process.pid))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes("supervisor.mjs"))
    .map(Number);

/** Resident bytes of the server's workerd processes. */
export async function memoryOf(server) {
  const kilobytes = membersOf(server.pid)
    .filter((pid) => read(`/proc/${pid}/comm`).startsWith("workerd"))
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  if (!kilobytes.length) throw new Error(`no workerd in process group ${server.pid}`);
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}
