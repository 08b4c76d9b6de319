// The Worker with bindings that fail on request, its fake model and its guests, for one test file.
import { join } from "node:path";
import { after } from "node:test";
import { Api } from "./api.mjs";
import { Tab } from "./client.mjs";
import { startHarness } from "./harness.mjs";
import { startUpstream } from "./upstream.mjs";

export class FaultRig {
  tabs = [];

  static async start(vars = {}) {
    const rig = new FaultRig();
    rig.upstream = await startUpstream();
    const model = { OPENAI_BASE_URL: rig.upstream.url, OPENAI_API_KEY: "test-key", DEFAULT_MODEL: "test-model" };
    rig.harness = await startHarness({ ...model, ...vars }, join(import.meta.dirname, "fault-entry.mjs"));
    after(() => rig.close());
    rig.base = rig.harness.base;
    return rig;
  }

  guest = () => Api.guest(this.base);

  tab(api, id, options) {
    const tab = new Tab(api, id, options);
    this.tabs.push(tab);
    return tab;
  }

  #faults = (method, query = {}, body = undefined) => fetch(`${this.base}/api/__faults?${new URLSearchParams(query)}`, { method, body });

  /** Adds rules of fault-entry.mjs; `heal` with the same name ends them. */
  async fail(name, ...rules) {
    const { status } = await this.#faults("POST", {}, JSON.stringify(rules.map((rule) => ({ name, ...rule }))));
    if (status !== 204) throw new Error(`the faults were answered with ${status}`);
  }

  heal = (name) => this.#faults("DELETE", { name });

  /** The calls of a method of a binding about what `only` matches: `{about, fault, at}`, objects' with `stub`. */
  calls = async (binding, method, only = "") => (await this.#faults("GET", { binding, method, only })).json();

  async close() {
    await Promise.all(this.tabs.map((tab) => tab.close()));
    await this.harness.close();
    await this.upstream.close();
  }
}
