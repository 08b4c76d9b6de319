// The Worker's own entry with one more path, on which the runtime's own URL parser reads what it is given.
import Edgewise from "../../entry.mjs";
import { parts } from "./addresses.mjs";

export { Account, Conversation, Run, Webhook } from "../../entry.mjs";

export default class extends Edgewise {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/api/parse") return super.fetch(request);
    return Response.json((await request.json()).map(([url, base]) => parts(url, base)));
  }
}
