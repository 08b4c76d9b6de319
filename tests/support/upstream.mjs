// A model server on loopback that speaks OpenAI's chat completions, says numbered tokens and misbehaves on request.
//
// The last user message is the script: `turn=T tokens=20 delay=5 fault=cut@7 times=1`. When the request ends with an
// assistant's partial answer, it goes on from exactly there. `say=<base64url>` says that text instead of tokens, and
// `call=<base64url>`, which `calling` writes, calls tools before (chat completions alone). `count=each` counts after each
// token, as some vendors do. For pictures `stage` gives a question in human words its script.
import { createServer } from "node:http";
import { token } from "./script.mjs";
import { sleep } from "./wait.mjs";
import { wireOf } from "./wires.mjs";

/** Reads the script out of a message. */
export function parseScript(text) {
  const words = Object.fromEntries([...text.matchAll(/\b(turn|tokens|pad|delay|fault|times|say|call|on|think|count)=(\S+)/g)].map(([, key, value]) => [key, value]));
  const [fault, at] = (words.fault ?? "").split("@");
  return {
    turn: words.turn ?? "t",
    tokens: Number(words.tokens ?? 20),
    pad: Number(words.pad ?? 0),
    delay: Number(words.delay ?? 5),
    fault,
    at: Number(at ?? 0),
    times: Number(words.times ?? Infinity),
    // The format that the fault is in; others are well.
    on: words.on,
    // Thoughts before the first token.
    think: Number(words.think ?? 0),
    // Whether it counts after each token, and not at the end alone.
    counts: words.count === "each",
    calls: words.call === undefined ? [] : JSON.parse(Buffer.from(words.call, "base64url")),
    say: words.say === undefined ? null : Buffer.from(words.say, "base64url").toString(),
  };
}

/** The part of a script that calls tools, each as `{ name, input }`. */
export const calling = (...calls) => `call=${Buffer.from(JSON.stringify(calls)).toString("base64url")}`;

/** Everything the script says, piece by piece. */
function* whole({ turn, tokens, pad, say }) {
  if (say !== null) yield* say.match(/.{1,5}/gsu) ?? [];
  else for (let k = 0; k < tokens; k++) yield token(turn, k, pad);
}

/** What is left to say after `partial`: the rest of a piece that was cut, then whole pieces. */
function* pieces(script, partial) {
  let said = 0;
  let k = 0;
  for (const piece of whole(script)) {
    const from = Math.max(0, partial.length - said);
    said += piece.length;
    if (from < piece.length) yield { k, text: piece.slice(from) };
    k += 1;
  }
}

function isBeginning(script, partial) {
  let said = "";
  for (const piece of whole(script)) {
    if (said.length >= partial.length) break;
    said += piece;
  }
  return said.startsWith(partial);
}

export async function startUpstream() {
  const requests = [];
  const attempts = new Map();
  const waiting = new Map();
  const staged = new Map();
  /** Things that the server under test must never do, as sentences. */
  const anomalies = [];

  // A server that is killed leaves half a request behind: that is no fault of ours.
  const server = createServer((request, response) => void serve(request, response).catch((error) => response.destroyed || request.destroyed || anomalies.push(String(error.stack))));

  async function serve(request, response) {
    const received = [];
    for await (const piece of request) received.push(piece);
    if (request.method === "GET" && request.url.endsWith("/models")) {
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ object: "list", data: [{ id: "test-model", object: "model", created: 0, owned_by: "test" }] }));
    }
    const body = JSON.parse(Buffer.concat(received).toString());
    const wire = wireOf(request.url);
    const { question, partial } = wire.ask(body);
    const script = parseScript([...staged].find(([words]) => question.includes(words))?.[1] ?? question);
    const attempt = (attempts.get(script.turn) ?? 0) + 1;
    attempts.set(script.turn, attempt);
    const record = {
      turn: script.turn, attempt, script, body, partial, wire, path: request.url, headers: request.headers, authorization: request.headers.authorization,
      startedAt: Date.now(), endedAt: null, abortedAt: null, said: partial, tokens: 0,
      // What it has sent of thoughts and text, bytes; what it has told of tokens, and how much had been sent then.
      bytes: 0, told: null, toldBytes: 0,
    };
    requests.push(record);
    response.on("close", () => {
      record.endedAt = Date.now();
      if (!response.writableFinished && !record.broken) record.abortedAt = record.endedAt;
      waiting.get(record)?.();
    });
    if (!isBeginning(script, partial)) anomalies.push(`turn ${script.turn} was asked to go on from what was never said: ${JSON.stringify(partial.slice(-60))}`);
    await speak(record, response);
  }

  async function speak(record, response) {
    const { script, attempt, partial, wire } = record;
    const fault = attempt <= script.times && (script.on ?? wire.name) === wire.name ? script.fault : "";
    const open = () => !response.destroyed;
    const closed = new Promise((resolve) => response.once("close", resolve));
    const stall = () => new Promise((resolve) => (open() && !record.released ? waiting.set(record, resolve) : resolve()));
    const refuse = (status, headers, text) => response.writeHead(status, headers).end(text);
    const json = { "content-type": "application/json" };
    const { error } = wire;

    if (fault === "stall" && script.at === 0) await stall();
    if (fault === "429") return refuse(429, { ...json, "retry-after": String(script.at) }, error("slow down"));
    if (fault === "401") return refuse(401, json, error("bad key sk-secret-123"));
    if (fault === "400") return refuse(400, json, error("context too long"));
    if (fault === "500") return refuse(500, json, error("oops"));
    if (fault === "html") return refuse(200, { "content-type": "text/html" }, "<!doctype html><title>Sign in</title>");
    if (fault === "reset") return record.broken = true, response.socket.resetAndDestroy();

    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    const say = async (data) => {
      const bytes = Buffer.from(`data: ${data}\n\n`);
      if (fault === "bytes") for (const byte of bytes) response.write(Buffer.of(byte)), await new Promise(setImmediate);
      else if (!response.write(bytes)) await Promise.race([new Promise((go) => response.once("drain", go)), closed]);
    };
    const stream = wire.stream(record.body);
    if (fault === "empty") return response.end();
    const told = (output) => Object.assign(record, { told: { input: 7, output }, toldBytes: record.bytes });
    for (const data of stream.begin()) await say(data);
    if (stream.toldAtFirst) told(stream.toldAtFirst);
    if (fault === "role-only") return response.end();
    if (fault === "mute") await stall();
    if (fault === "huge-line") return response.end(`data: {"choices":[{"delta":{"content":"${"x".repeat(64 * 1024 * 1024)}"}}]}\n\n`);
    if (fault === "infinite") {
      for (let k = 0; open(); k++) await say(stream.say(token(script.turn, k)));
      return;
    }
    for (let k = 0; k < script.think && open(); k++) {
      await say(stream.think(`thought ${k} é `));
      record.bytes += Buffer.byteLength(`thought ${k} é `);
    }
    if (script.calls.length && !wire.hasResults(record.body)) {
      for (const data of stream.call(script.calls)) await say(data);
      return response.end();
    }
    for (const { k, text } of pieces(script, partial)) {
      if (k >= script.at && open()) {
        if (fault === "stall") await stall();
        if (fault === "cut") return record.broken = true, response.socket.resetAndDestroy();
        if (fault === "eof") return record.broken = true, response.end();
        if (fault === "half-event") return record.broken = true, response.end(stream.say(text).slice(0, 60));
        if (fault === "error") return record.broken = true, await say(error("overloaded sk-secret-123")), response.end();
        if (fault === "garbage" && k === script.at) await say("{not json");
      }
      if (script.delay) await sleep(script.delay);
      if (!open()) return;
      await say(stream.say(text));
      record.said += text;
      record.bytes += Buffer.byteLength(text);
      record.tokens += 1;
      if (!script.counts || !stream.count) continue;
      await say(stream.count(record.tokens));
      told(record.tokens);
    }
    for (const data of stream.end(record.tokens)) await say(data);
    told(record.tokens);
    response.end();
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    anomalies,
    /** Answers each question that holds these words by that script. */
    stage: (words, script) => staged.set(words, script),
    of: (turn) => requests.filter((record) => record.turn === turn),
    /** Lets every stalled answer of `turn` go on. */
    release: (turn) => {
      for (const [record, go] of waiting) if (record.turn === turn) record.released = true, waiting.delete(record), go();
    },
    close: () => {
      for (const go of waiting.values()) go();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
