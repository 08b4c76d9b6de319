// One server, its fake model and its guests, for one test file; everything is taken down when the file ends.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Api } from "./api.mjs";
import { Tab } from "./client.mjs";
import { startServer } from "./server.mjs";
import { startUpstream } from "./upstream.mjs";

/** Memory-backed where there is such a place: no test waits for a disk. */
const shelf = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() ? "/dev/shm" : tmpdir();

/** An empty directory; `remove` deletes it. */
export function scratch(name) {
  const path = mkdtempSync(join(shelf, `edgewise-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export class Rig {
  tabs = [];

  /** The file that `writeEntry` leaves in the directory that it is given, if any, stands in for entry.mjs. */
  static async start(name, vars = {}, writeEntry = () => null) {
    const rig = new Rig();
    rig.state = scratch(name);
    rig.upstream = await startUpstream();
    rig.vars = { RATE_LIMIT_ENABLED: "false", OPENAI_BASE_URL: rig.upstream.url, OPENAI_API_KEY: "test-key", DEFAULT_MODEL: "test-model", ...vars };
    after(() => rig.close());
    rig.entry = writeEntry(rig.state.path);
    rig.server = await startServer({ stateDir: rig.state.path, vars: rig.vars, entry: rig.entry });
    rig.base = rig.server.base;
    return rig;
  }

  guest = () => Api.guest(this.base);

  /** A device that follows `id` until the file ends. */
  tab(api, id, options) {
    const tab = new Tab(api, id, options);
    this.tabs.push(tab);
    return tab;
  }

  /** Kills the whole process group at once, with no chance to say goodbye. */
  async kill() {
    await this.server.kill();
  }

  /** Starts again on the same state and port. */
  async restart() {
    this.server = await startServer({ stateDir: this.state.path, vars: this.vars, port: this.server.port, entry: this.entry });
  }

  async close() {
    await Promise.all(this.tabs.map((tab) => tab.close()));
    await this.server?.kill();
    await this.upstream?.close();
    this.state.remove();
  }
}
