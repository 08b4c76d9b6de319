// How busy the machine was with other things: what tells whether a run's times are worth anything.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { now } from "./clock.mjs";

const TICK_MS = 10;

const busyMs = () => {
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
};

const PRESSURE = "/proc/pressure/cpu"; // not every kernel tells
const waitedMs = () => (existsSync(PRESSURE) ? Number(/^some .*total=(\d+)/.exec(readFileSync(PRESSURE, "utf8"))?.[1]) / 1_000 : 0);

/** Starts to watch; the returned function tells the share of all processors that was busy, and of the time that somebody waited for one. */
export function watchMachine() {
  const [busy, waited, from] = [busyMs(), waitedMs(), now()];
  return () => {
    const took = now() - from;
    return { busy: (busyMs() - busy) / took / availableParallelism(), waiting: (waitedMs() - waited) / took };
  };
}
