// Requests for an operation of the API's document: good ones, and ones that are wrong in one place or several.
import { Agent, request } from "node:http";
import { Draws, Values, write } from "./values.mjs";
import { random } from "./script.mjs";

const LOGGED = 400;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
/** A stream that goes on is left after this long. */
const STREAM_MS = 150;
const MAX_STREAM = 1024 * 1024;

/** Sends exactly this, which `fetch` would not, and gives `{status, headers, text}`. */
export function send(base, sent) {
  const { method, path, headers, body } = sent;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const length = body === undefined ? [] : ["content-length", String(body.length)];
    const call = request({ hostname, port, method, path, agent, headers: ["host", `${hostname}:${port}`, ...headers.flat(), ...length] });
    const late = setTimeout(() => call.destroy(new Error("no answer in 20 s")), 20_000);
    call.once("error", (error) => {
      clearTimeout(late);
      // The server had closed a connection that was kept: nothing was asked.
      if (call.reusedSocket && error.code === "ECONNRESET") resolve(send(base, sent));
      else reject(error);
    });
    call.once("response", (response) => {
      const pieces = [];
      const end = () => {
        clearTimeout(late);
        const all = new Headers(Object.entries(response.headersDistinct).flatMap(([name, values]) => values.map((value) => [name, value])));
        resolve({ status: response.statusCode, headers: all, text: Buffer.concat(pieces).toString("utf8") });
      };
      let bytes = 0;
      const leave = () => (response.destroy(), end());
      if (response.headers["content-type"]?.startsWith("text/event-stream")) setTimeout(leave, STREAM_MS);
      response.on("data", (piece) => (pieces.push(piece), (bytes += piece.length) > MAX_STREAM && leave()));
      response.once("end", end).once("error", end);
    });
    call.once("upgrade", (response, socket) => {
      clearTimeout(late);
      socket.destroy();
      resolve({ status: response.statusCode, headers: new Headers(response.headers), text: "" });
    });
    call.end(body);
  });
}

const BAD_SEGMENTS = ["x", "%00", "%FF", "%C3%28", "%ED%A0%80", "a%2Fb", "%zz", "%", "%F0%9F%92%A9", "null", "-1", "a".repeat(3_000), "%0d%0aset-cookie:x", "'%20OR%201=1--"];
const BAD_QUERIES = ["", "x", "-1", "0", "1.5", "1e3", "+1", "0x10", "99999999999999999999", "18446744073709551615", "%00", "%FF", "%", "%zz", "%F0%9F%92%A9", "a".repeat(5_000), "NaN", "null"];
const ODD_HEADERS = [
  ["x-unknown", "1"], ["accept", "text/event-stream"], ["accept", "*/*"], ["accept", "x".repeat(1_000)], ["accept-encoding", "br;q=x"], ["if-none-match", '"x", *, W/'],
  ["if-none-match", "*"], ["range", "bytes=5-1"], ["x-http-method-override", "DELETE"], ["x-forwarded-for", "\xff\xfe"], ["last-event-id", "-1"], ["last-event-id", "x"], ["cookie", "sid=x; sid=y; =; \xe9"],
  ["cookie", "a".repeat(4_000)], ["origin", "https://evil.example"], ["origin", "null"], ["sec-fetch-site", "cross-site"], ["idempotency-key", ""], ["idempotency-key", "k".repeat(300)],
  ["idempotency-key", "\xe9"], ["idempotency-key", "same"], ["user-agent", "\xff".repeat(500)], ["content-language", "xx"], ["x-api-key", "ew_x"], ["authorization", "Bearer"], ["authorization", "Basic x"],
];
const BAD_TYPES = [[], [["content-type", "text/plain"]], [["content-type", "application/x-www-form-urlencoded"]], [["content-type", "application/json; charset=latin1"]], [["content-type", "\xff"]], [["content-type", "multipart/form-data"]], [["content-type", "application/json"], ["content-encoding", "gzip"]]];
const JSON_TYPE = [["content-type", "application/json"]];

/** Draws requests for one operation, in a world that knows what is there. */
export class Requests {
  constructor(contract, operation, seed, index) {
    this.draws = new Draws(random(`${seed}:${operation.id}:${index}`));
    this.values = new Values(contract.document.components.schemas, this.draws);
    this.body = operation.about.requestBody;
    this.schema = this.body?.content["application/json"]?.schema;
    this.file = this.body?.content["application/octet-stream"];
    this.operation = operation;
  }

  /** `{request, kind, json}`: `kind` says what is wrong with it, `json` is its body when that is whole JSON. */
  draw(world) {
    const kind = this.draws.one(["valid", "valid", "edge", "mutated", "mutated", "mutated", "body", "path", "query", "query", "headers", "credential", "several"]);
    const is = (each) => kind === each || (kind === "several" && this.draws.chance(0.4));
    const path = this.#path(world, is("path")) + this.#query(is("query"), kind === "edge");
    const { headers, text } = this.#content(is, kind);
    const all = [...this.#credential(world, is("credential")), ["accept", this.draws.chance(0.5) ? "application/json" : "*/*"], ...headers, ...this.#headers(world, is("headers"))];
    const body = text === undefined ? undefined : Buffer.from(text);
    return { kind, json: is("body") || this.file ? undefined : text, request: { method: this.operation.method, path, headers: all, body } };
  }

  #path(world, bad) {
    return this.operation.path.replace(/\{(\w+)\}/g, (_, name) => {
      const known = world.ids(this.operation.path, name);
      if (bad) return this.draws.one([...BAD_SEGMENTS, this.draws.uuid(), known.toUpperCase(), known.replaceAll("-", "")]);
      return known;
    });
  }

  #query(bad, edge) {
    const told = this.operation.parameters.filter((parameter) => parameter.in === "query");
    const pairs = told.filter(() => this.draws.chance(0.4)).map(({ name, schema }) => [name, schema.type === "string" && !edge ? this.draws.words(5) : this.values.valid(schema, edge)]);
    // What a cursor holds is ours alone, and nobody waits half an hour here.
    const good = pairs.filter(([name]) => name !== "cursor").map(([name, value]) => `${name}=${encodeURIComponent(name === "wait" ? Math.min(value, 1) : value)}`);
    const name = () => (told.length ? this.draws.one(told).name : "x");
    const odd = () => this.draws.one([`${name()}=${this.draws.one(BAD_QUERIES)}`, `${name()}=${this.draws.one(BAD_QUERIES)}`, `${name()}=1&${name()}=2`, `${name()}[]=1`, name(), "unknown=1", "&&&", "=", "%00=1", "%FF", "?", "a".repeat(8_000), `${name()}=1;x=2`]);
    const all = bad ? [...good, odd()] : good;
    return all.length ? `?${all.join("&")}` : "";
  }

  #headers(world, odd) {
    const key = this.operation.parameters.some(({ name }) => name === "Idempotency-Key") && this.draws.chance(0.3) ? [["idempotency-key", this.draws.words(8)]] : [];
    const upgrade = this.operation.about.responses[101] && this.draws.chance(0.7) ? [["upgrade", "websocket"], ["connection", "Upgrade"], ["sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="], ["sec-websocket-version", "13"], ["origin", world.base]] : [];
    if (!odd) return [...key, ...upgrade];
    return [...key, ...upgrade, ...Array.from({ length: 1 + this.draws.below(3) }, () => this.draws.one(ODD_HEADERS))];
  }

  #credential(world, bad) {
    const bearer = (token) => [["authorization", `Bearer ${token}`]];
    if (bad) return this.draws.one([[], bearer("x"), bearer(""), bearer(`${world.owner.token}x`), bearer("a.b.c"), bearer("e30.e30."), [["x-api-key", world.owner.token]], [["cookie", "sid=x"]], [["authorization", `Bearer \xff`]], bearer(world.stranger.token), bearer(world.readKey)]);
    if (this.operation.path.startsWith("/api/admin/")) return bearer(world.admin.token);
    const owner = [bearer(world.owner.token), [["cookie", world.owner.cookie]]];
    const allowed = this.operation.about.security.some(({ apiKey }) => apiKey) ? [...owner, [["x-api-key", world.key]], bearer(world.key)] : owner;
    return this.draws.one(allowed);
  }

  /** A file, and what is none. */
  #file(is) {
    const text = this.draws.words(this.draws.below(300));
    if (!is("body") && !is("mutated")) return { headers: [["content-type", "text/plain"]], text };
    const form = (end) => `--B\r\ncontent-disposition: form-data; name="file"; filename="${this.draws.one(["a", "", "../x", '"', "\u0000"])}"\r\n\r\n${text}${end}`;
    const inForm = [["content-type", "multipart/form-data; boundary=B"]];
    return this.draws.one([
      { headers: inForm, text: form("\r\n--B--") }, { headers: inForm, text: form("") }, { headers: inForm, text: form("\r\n--B").repeat(2) }, { headers: inForm, text },
      { headers: [["content-type", this.draws.one(["image/png", "application/pdf", "x", "\xff", "text/plain; charset=x", "a/b".repeat(90)])]], text }, { headers: this.draws.one(BAD_TYPES), text },
      { headers: [["content-type", "text/plain"]], text: Buffer.from([0x61, 0, 0xff]) }, { headers: [["content-type", "text/plain"], ["content-encoding", "gzip"]], text },
    ]);
  }

  #content(is, kind) {
    if (this.file) return this.#file(is);
    if (!this.schema) return { headers: [], text: is("body") && this.operation.method !== "GET" ? "{}" : undefined };
    const valid = this.values.valid(this.schema, kind === "edge");
    if (is("mutated")) return { headers: JSON_TYPE, text: write(this.values.mutated(valid)) };
    const text = write(valid);
    if (!is("body")) return { headers: JSON_TYPE, text };
    const cut = this.draws.below(text.length + 1);
    const most = this.operation.path === "/api/chat" ? 10 * 2 ** 20 : 2 * 2 ** 20;
    return this.draws.one([
      { headers: JSON_TYPE, text: "" }, { headers: JSON_TYPE, text: text.slice(0, cut) }, { headers: JSON_TYPE, text: `${text}x` }, { headers: JSON_TYPE, text: `${text}${text}` }, { headers: JSON_TYPE, text: `\ufeff${text}` },
      { headers: JSON_TYPE, text: Buffer.concat([Buffer.from(text.slice(0, cut)), Buffer.from([this.draws.one([0xff, 0xc0, 0x00, 0x80])]), Buffer.from(text.slice(cut))]) },
      { headers: JSON_TYPE, text: `${"[".repeat(50_000)}` }, { headers: JSON_TYPE, text: `${'{"a":'.repeat(65)}1${"}".repeat(65)}` }, { headers: JSON_TYPE, text: this.draws.one(["null", "1", '"x"', "[]", "true", " ", "\u0000", "NaN"]) },
      { headers: this.draws.one(BAD_TYPES), text }, { headers: this.draws.one(BAD_TYPES), text }, { headers: JSON_TYPE, text: undefined },
      ...(this.draws.chance(0.1) ? [{ headers: JSON_TYPE, text: `{"x":"${"a".repeat(most)}"}` }] : []),
    ]);
  }
}

/** A request as a person can read it. */
export const shown = ({ method, path, headers, body }) =>
  `${method} ${path.slice(0, 200)} ${JSON.stringify(headers.filter(([name]) => !["accept", "cookie"].includes(name)).map(([name, value]) => `${name}: ${value.slice(0, 60)}`))} ${body ? JSON.stringify(body.subarray(0, LOGGED).toString("latin1")) : ""}`;
