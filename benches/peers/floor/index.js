// The bare floor: a hand-written JavaScript object that relays, stores each batch before it is sent, and can resume.
//
// No identity, no limits, no checks. BATCH_MS is for how long text gathers; 0 stores every chunk by itself.
import { DurableObject } from "cloudflare:workers";

export class Conversation extends DurableObject {
  #sql = this.ctx.storage.sql;
  #batchMs = Number(this.env.BATCH_MS);

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, role TEXT, text TEXT)");
  }

  fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") {
      return Response.json({ messages: this.#sql.exec("SELECT seq, role, text FROM log ORDER BY seq LIMIT 100").toArray() });
    }
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, frame) {
    const { ask, after } = JSON.parse(frame);
    if (ask !== undefined) return this.#answer(ask);
    for (const row of this.#sql.exec("SELECT seq, text FROM log WHERE seq > ? ORDER BY seq", after)) socket.send(JSON.stringify(row));
  }

  #append(role, text) {
    return this.#sql.exec("INSERT INTO log (role, text) VALUES (?, ?) RETURNING seq", role, text).one().seq;
  }

  #tell(frame) {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }

  async #answer(question) {
    const history = this.#sql.exec("SELECT role, text AS content FROM log ORDER BY seq").toArray();
    const asked = fetch(`${this.env.OPENAI_BASE_URL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer bench" },
      body: JSON.stringify({ model: "bench", stream: true, messages: [...history, { role: "user", content: question }] }),
    });
    const first = this.#append("user", question) + 1;
    let [whole, pending, lastAt, timer] = ["", "", 0, null];
    const flush = () => {
      clearTimeout(timer);
      timer = null;
      if (!pending) return;
      lastAt = Date.now();
      this.#tell(JSON.stringify({ seq: this.#append("part", pending), text: pending }));
      whole += pending;
      pending = "";
    };
    const reader = (await asked).body.getReader();
    const decoder = new TextDecoder(); // a TextDecoderStream costs twice as much
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        pending += JSON.parse(line.slice(6)).choices[0]?.delta.content ?? "";
      }
      const wait = lastAt + this.#batchMs - Date.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    }
    flush();
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM log WHERE seq >= ?", first);
      this.#append("assistant", whole);
    });
    this.#tell('{"end":true}');
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return pathname === "/health" ? new Response("ok") : env.CONVERSATION.getByName(pathname).fetch(request);
  },
};
