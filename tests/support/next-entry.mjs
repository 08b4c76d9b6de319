// The Worker's own entry as a later version would be: everything that its parts tell each other, or leave on the disk,
// has fields that this version does not know, and a version number one higher. `GET /api/build` tells how often.
import Edgewise, { Conversation as Whole } from "../../entry.mjs";

export { Account, Run, Webhook } from "../../entry.mjs";

const LATER = { since: 2, list: [1, { deep: null }] };
const told = { calls: 0, sockets: 0, replies: 0, jobs: 0, attachments: 0, rows: 0 };

/** `value` with an unknown field in every object, and each `v` one higher, unless it was done before. */
function later(value) {
  if (Array.isArray(value)) return value.map(later);
  if (value === null || typeof value !== "object") return value;
  // The wrapper of a variant, as {"Behind":7}: another key in it would be another variant.
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] !== "type") return value;
  const entries = Object.entries(value).map(([key, one]) => [key, key === "v" && !value.later ? one + 1 : later(one)]);
  return { later: LATER, ...Object.fromEntries(entries), zLater: LATER };
}

function laterText(kind, text) {
  told[kind] += 1;
  return JSON.stringify(later(JSON.parse(text)));
}

/** From the Worker to the object. A title of this kind stands for a call that only a later version knows. */
const laterCall = (call) => laterText("calls", call.replace('"type":"rename","title":"later call"', '"type":"later-call"'));

/** The same, of what asks for a socket. */
function laterSocket(url, { headers }) {
  told.sockets += 1;
  return new Request(`${url}?v=2&later=1`, { headers: [...headers, ["x-later", JSON.stringify(LATER)]] });
}

/** From the object to the Worker. Pages and streams are not read there. */
function laterReply(reply) {
  if (typeof reply !== "string") return reply;
  return laterText("replies", reply.includes('"title":"later reply"') ? '{"type":"later-reply"}' : reply);
}

const wrapped = {
  CONVERSATION: (namespace, name) =>
    name === "getByName"
      ? (...given) => {
          const stub = namespace.getByName(...given);
          return { answer: (call) => stub.answer(laterCall(call)), fetch: (...given) => stub.fetch(laterSocket(...given)) };
        }
      : namespace[name],
  QUEUE_PROJECTION: (queue, name) => (name === "send" ? (body, ...rest) => queue.send(laterText("jobs", body), ...rest) : queue[name]),
};

const around = (env) =>
  new Proxy(env, {
    get: (_, binding) => (wrapped[binding] ? new Proxy(env[binding], { get: (target, name) => wrapped[binding](target, name) }) : env[binding]),
  });

const { serializeAttachment } = WebSocket.prototype;
WebSocket.prototype.serializeAttachment = function (kept) {
  return serializeAttachment.call(this, laterText("attachments", kept));
};

// Where a statement has the row's `meta`.
const META = [[/^INSERT INTO log /, 7], [/^UPDATE log SET status /, 2]];

function leaveMoreInRows(sql) {
  const prototype = Object.getPrototypeOf(sql);
  const { exec } = prototype;
  if (exec.later) return;
  prototype.exec = function (statement, ...values) {
    const [, at] = META.find(([pattern]) => pattern.test(statement)) ?? [];
    if (values[at]) values[at] = laterText("rows", values[at]);
    return exec.call(this, statement, ...values);
  };
  prototype.exec.later = true;
}

export class Conversation extends Whole {
  constructor(ctx, env) {
    leaveMoreInRows(ctx.storage.sql);
    super(ctx, around(env));
  }

  async answer(call) {
    return laterReply(await super.answer(call));
  }
}

export default class extends Edgewise {
  constructor(ctx, env) {
    super(ctx, around(env));
  }

  async fetch(request) {
    return new URL(request.url).pathname === "/api/build" ? Response.json(told) : super.fetch(request);
  }
}
