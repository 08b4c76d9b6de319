// The Worker's own entry with one more path, on which the wasm instance dies as a trap inside a poll kills it.
import Edgewise from "../../entry.mjs";

export { Account, Conversation } from "../../entry.mjs";

export default class extends Edgewise {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/api/crash") return super.fetch(request);
    dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") }));
    return new Response("crashed");
  }
}
