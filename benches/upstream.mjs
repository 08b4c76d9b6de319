// The model of the bench: one process that every side asks, and that writes its clock into every token.
//
// The script is in the last user message, in the words of the tests' fake model: `tokens=200 delay=20` is 200 tokens at
// 50 a second, `delay=0` as fast as the reader takes them. That model is built to misbehave; this one to be punctual.
import { once } from "node:events";
import { createServer } from "node:http";
import { parseScript } from "../tests/support/upstream.mjs";
import { now } from "./support/clock.mjs";

const TOKENS_PER_WRITE = 32;
const chunk = (delta, finish = "null") =>
  `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;
const token = () => chunk(`{"content":"@${now().toFixed(2)};"}`);
const END = `${chunk("{}", '"stop"')}data: [DONE]\n\n`;

const paced = new Set();
let ticking = false;

// One timer for all streams: the model must cost little, because it shares the machine with what is measured.
function tick() {
  const time = now();
  for (const stream of paced) {
    if (stream.response.destroyed) paced.delete(stream);
    else if (stream.dueAt <= time) {
      stream.response.write(token());
      stream.dueAt += stream.delay;
      if (--stream.left > 0) continue;
      paced.delete(stream);
      stream.response.end(END);
    }
  }
  ticking = paced.size > 0;
  if (ticking) setTimeout(tick, 1);
}

async function pour(response, tokens) {
  const closed = once(response, "close");
  for (let left = tokens; left > 0 && !response.destroyed; left -= TOKENS_PER_WRITE) {
    const text = Array.from({ length: Math.min(left, TOKENS_PER_WRITE) }, token).join("");
    if (!response.write(text)) await Promise.race([once(response, "drain"), closed]);
  }
  response.end(END);
}

async function answer(request, response) {
  let raw = "";
  for await (const piece of request) raw += piece;
  const question = JSON.parse(raw).messages.findLast(({ role }) => role === "user").content;
  const { tokens, delay } = parseScript(typeof question === "string" ? question : question.map((part) => part.text).join(""));
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.write(chunk('{"role":"assistant","content":""}'));
  if (delay === 0) return pour(response, tokens);
  response.write(token());
  // Streams that were asked for at once must not all speak at once.
  paced.add({ response, left: tokens - 1, delay, dueAt: now() + delay * (0.5 + Math.random()) });
  if (!ticking) tick();
}

const server = createServer((request, response) => void answer(request, response).catch((error) => response.destroy(error)));
server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}/v1` }));
process.on("disconnect", () => process.exit());
