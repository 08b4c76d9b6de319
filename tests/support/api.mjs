// The HTTP API as a test uses it: a signed-in guest, and an answer that is easy to assert on.
import assert from "node:assert/strict";

export class Api {
  constructor(base, token = null) {
    this.base = base;
    this.token = token;
    this.cookie = null;
  }

  /** A new guest at `base`. */
  static async guest(base) {
    const api = new Api(base);
    const answer = await api.call("POST", "/api/auth/guest", { json: {} });
    assert.ok(answer.status === 200 || answer.status === 201, `guest sign-in answered ${answer.status}: ${answer.text}`);
    api.token = answer.body.accessToken;
    api.user = answer.body.user;
    api.cookie = answer.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]).join("; ");
    return api;
  }

  /** The raw response; the bearer token is added unless `headers` say otherwise. */
  raw(method, path, { json, body, headers = {}, signal = AbortSignal.timeout(30_000) } = {}) {
    const sent = { accept: "application/json", ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) };
    if (json !== undefined) sent["content-type"] = "application/json";
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) delete sent[name];
      else sent[name] = value;
    }
    return fetch(this.base + path, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), signal, redirect: "manual" });
  }

  async call(method, path, options) {
    const response = await this.raw(method, path, options);
    const text = await response.text();
    let parsed = null;
    if (/[/+]json/.test(response.headers.get("content-type") ?? "")) parsed = JSON.parse(text);
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  /** The body of a call that must succeed with `status`. */
  async expect(status, method, path, options) {
    const answer = await this.call(method, path, options);
    assert.equal(answer.status, status, `${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 400)}`);
    return answer.body;
  }

  async create(fields = {}) {
    return this.expect(201, "POST", "/api/chat/conversations", { json: fields });
  }

  get(id) {
    return this.expect(200, "GET", at(id));
  }

  /** 202 `{message, turn}`. */
  send(id, content, fields = {}) {
    return this.expect(202, "POST", at(id, "/messages"), { json: { content, clientMessageId: crypto.randomUUID(), ...fields } });
  }

  stop(id, json) {
    return this.call("POST", at(id, "/stop"), { json: json ?? {} });
  }

  async messages(id) {
    const all = [];
    for (let cursor = null, page = 0; page < 100; page++) {
      const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
      const { messages, nextCursor } = await this.expect(200, "GET", at(id, `/messages${query}`));
      all.push(...messages);
      if (!nextCursor) return all;
      cursor = nextCursor;
    }
    throw new Error("the pages of messages do not end");
  }

  async message(id, messageId) {
    return (await this.messages(id)).find((message) => message.id === messageId);
  }

  /** The whole log by JSON pages. */
  async log(id, after = 0) {
    const all = [];
    for (let page = 0; page < 1_000; page++) {
      const { events, lastSeq } = await this.expect(200, "GET", at(id, `/events?after=${after + all.length}`));
      all.push(...events);
      if (after + all.length >= lastSeq) return all;
      assert.ok(events.length, `an empty page although the log goes on to ${lastSeq}`);
    }
    throw new Error("the pages of the log do not end");
  }
}

/** The path of a conversation. */
export const at = (id, rest = "") => `/api/chat/conversations/${id}${rest}`;

/** Asserts that `answer` is a problem of `status`, in the contract's form. */
export function assertProblem(answer, status, what) {
  const statuses = [status].flat();
  const shown = `${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(statuses.includes(answer.status), `${shown}, expected ${statuses}`);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, shown);
  const id = answer.headers.get("x-request-id");
  assert.ok(id, `no x-request-id. ${shown}`);
  assert.equal(answer.body.requestId, id, shown);
  assert.equal(answer.body.status, answer.status, shown);
  for (const field of ["type", "title", "detail", "error", "message"]) assert.equal(typeof answer.body[field], "string", `${field}. ${shown}`);
  assert.doesNotMatch(answer.text, /panicked|\.rs:|RuntimeError|at .*\.js:\d+/, `internals shown. ${shown}`);
}
