// The Worker's own entry with one more path, which puts messages into a queue as they are.
import Edgewise from "../../entry.mjs";

export { Account, Conversation, Run, Webhook } from "../../entry.mjs";

export default class extends Edgewise {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/api/enqueue") return super.fetch(request);
    const { queue, bodies } = await request.json();
    await this.env[queue].sendBatch(bodies.map((body) => ({ body })));
    return new Response(null, { status: 204 });
  }
}
