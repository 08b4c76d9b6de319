// The Worker's own entry with two more paths, on which the wasm instance dies: in a call, and in a poll that nobody called.
import { exhaust } from "./instances.mjs";
import Edgewise from "../../entry.mjs";

export { Account, Conversation, Run, Webhook } from "../../entry.mjs";

export default class extends Edgewise {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/api/crash" && pathname !== "/api/exhaust") return super.fetch(request);
    let error = new WebAssembly.RuntimeError("unreachable");
    if (pathname === "/api/exhaust") {
      try {
        exhaust();
      } catch (trap) {
        error = trap;
      }
    }
    dispatchEvent(new ErrorEvent("error", { error }));
    return new Response(`crashed: ${error.name}`);
  }
}
