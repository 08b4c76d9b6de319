// A model server on loopback that speaks OpenAI's chat completions, says numbered tokens and misbehaves on request.
//
// The last user message is the script: `turn=T tokens=20 delay=5 fault=cut@7 times=1`. When the request ends with an
// assistant's partial answer, it goes on from exactly there. `say=<base64url>` says that text instead of tokens.
import { createServer } from "node:http";
import { token } from "./script.mjs";
import { sleep } from "./wait.mjs";

/** Reads the script out of a message. */
export function parseScript(text) {
  const words = Object.fromEntries([...text.matchAll(/\b(turn|tokens|pad|delay|fault|times|say)=(\S+)/g)].map(([, key, value]) => [key, value]));
  const [fault, at] = (words.fault ?? "").split("@");
  return {
    turn: words.turn ?? "t",
    tokens: Number(words.tokens ?? 20),
    pad: Number(words.pad ?? 0),
    delay: Number(words.delay ?? 5),
    fault,
    at: Number(at ?? 0),
    times: Number(words.times ?? Infinity),
    say: words.say === undefined ? null : Buffer.from(words.say, "base64url").toString(),
  };
}

const textOf = (content) => (Array.isArray(content) ? content.map((part) => part.text ?? "").join("") : String(content ?? ""));

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
    const question = textOf(body.messages.findLast(({ role }) => role === "user")?.content);
    const last = body.messages.at(-1);
    const partial = last?.role === "assistant" ? textOf(last.content) : "";
    const script = parseScript(question);
    const attempt = (attempts.get(script.turn) ?? 0) + 1;
    attempts.set(script.turn, attempt);
    const record = {
      turn: script.turn, attempt, script, body, partial, path: request.url, authorization: request.headers.authorization,
      startedAt: Date.now(), endedAt: null, abortedAt: null, said: partial, tokens: 0,
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
    const { script, attempt, partial } = record;
    const fault = attempt <= script.times ? script.fault : "";
    const open = () => !response.destroyed;
    const closed = new Promise((resolve) => response.once("close", resolve));
    const stall = () => new Promise((resolve) => (open() && !record.released ? waiting.set(record, resolve) : resolve()));
    const refuse = (status, headers, text) => response.writeHead(status, headers).end(text);
    const json = { "content-type": "application/json" };
    const error = (message) => JSON.stringify({ error: { message, type: "server_error", param: null, code: null } });

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
    const chunk = (delta, finish_reason = null) =>
      JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: record.body.model, choices: [{ index: 0, delta, finish_reason }] });
    if (fault === "empty") return response.end();
    await say(chunk({ role: "assistant", content: "" }));
    if (fault === "role-only") return response.end();
    if (fault === "mute") await stall();
    if (fault === "huge-line") return response.end(`data: {"choices":[{"delta":{"content":"${"x".repeat(64 * 1024 * 1024)}"}}]}\n\n`);
    if (fault === "infinite") {
      for (let k = 0; open(); k++) await say(chunk({ content: token(script.turn, k) }));
      return;
    }
    for (const { k, text } of pieces(script, partial)) {
      if (k >= script.at && open()) {
        if (fault === "stall") await stall();
        if (fault === "cut") return record.broken = true, response.socket.resetAndDestroy();
        if (fault === "eof") return record.broken = true, response.end();
        if (fault === "half-event") return record.broken = true, response.end(chunk({ content: text }).slice(0, 60));
        if (fault === "error") return record.broken = true, await say(error("overloaded sk-secret-123")), response.end();
        if (fault === "garbage" && k === script.at) await say("{not json");
      }
      if (script.delay) await sleep(script.delay);
      if (!open()) return;
      await say(chunk({ content: text }));
      record.said += text;
      record.tokens += 1;
    }
    await say(chunk({}, "stop"));
    if (record.body.stream_options?.include_usage) {
      const usage = { prompt_tokens: 7, completion_tokens: record.tokens, total_tokens: 7 + record.tokens };
      await say(JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: record.body.model, choices: [], usage }));
    }
    await say("[DONE]");
    response.end();
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    anomalies,
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
