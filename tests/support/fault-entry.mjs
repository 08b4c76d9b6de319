// The Worker's own entry with bindings that fail on request (layer L2 of the fault design). Under /api/__faults, a path
// that the Worker itself does not have, `POST` adds rules, `DELETE` drops those of a name, `GET` tells the calls so far.
//
// A rule fits calls by `binding` and `method` ("*": any) and by `only`, a regular expression on what the call is about:
// the SQL and values of a D1 call, the key of a KV or R2 call, name and kind of a call to an object, the body of a queue message.
// Of the calls that fit it strikes `times` (all), from number `from` (1) on, with a `kind`: throw-before, throw-after (the
// call was done all the same), hang, slow (by `ms`), stale (KV: what the key's first read found, a miss included).
// `error` is the text that is thrown, `flags` are the properties of the error.
import Edgewise, { Conversation as Whole } from "../../entry.mjs";

export { Account, Run, Webhook } from "../../entry.mjs";

let rules = [];
const calls = [];
let stubs = 0;
const MAX_CALLS = 20_000;

/** Whether a call is one of those that a rule or a question is about. */
const fits = (wanted, { binding, method, about }) =>
  wanted.binding === binding && [method, "*"].includes(wanted.method) && new RegExp(wanted.only ?? "").test(about);

/** Records the call, and gives the rule that strikes it. */
function strike(binding, method, about, more = {}) {
  let struck = null;
  for (const rule of rules.filter((rule) => fits(rule, { binding, method, about }))) {
    rule.seen = (rule.seen ?? 0) + 1;
    const from = rule.from ?? 1;
    if (!struck && rule.seen >= from && rule.seen < from + (rule.times ?? Infinity)) struck = rule;
  }
  if (calls.length < MAX_CALLS) calls.push({ binding, method, about, fault: struck?.kind ?? null, at: Date.now(), ...more });
  return struck;
}

const error = ({ error: text = "a fault of the test", flags = {} }) => Object.assign(new Error(text), flags);

async function pass(rule, call) {
  switch (rule?.kind) {
    case "throw-before":
      throw error(rule);
    case "throw-after":
      await (await call())?.body?.cancel();
      throw error(rule);
    case "hang":
      await scheduler.wait(600_000);
      throw error(rule);
    case "slow":
      await scheduler.wait(rule.ms);
      return call();
    default:
      return call();
  }
}

/** `target` with some methods in another version. Native methods refuse a proxy as `this`: each is given the real one. */
const around = (target, methods) =>
  new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      return methods[name] ? (...given) => methods[name](...given) : value.bind(target);
    },
  });

const targets = new WeakMap();

function statement(binding, target, about) {
  const methods = Object.fromEntries(
    ["all", "first", "run", "raw"].map((name) => [name, (...given) => pass(strike(binding, name, about), () => target[name](...given))]),
  );
  const bind = (...values) => statement(binding, target.bind(...values), `${about} ${JSON.stringify(values)}`);
  const proxy = around(target, { ...methods, bind });
  targets.set(proxy, { target, about });
  return proxy;
}

const wraps = {
  D1Database: (binding, db) =>
    around(db, {
      prepare(sql) {
        const struck = strike(binding, "prepare", sql);
        if (struck) throw error(struck);
        return statement(binding, db.prepare(sql), sql);
      },
      batch(statements) {
        const all = statements.map((one) => targets.get(one));
        return pass(strike(binding, "batch", all.map(({ about }) => about).join("; ")), () => db.batch(all.map(({ target }) => target)));
      },
      exec: (sql) => pass(strike(binding, "exec", sql), () => db.exec(sql)),
    }),

  KvNamespace(binding, kv) {
    const found = new Map();
    return around(kv, {
      async get(key, ...rest) {
        const struck = strike(binding, "get", String(key));
        const value = await pass(struck, () => kv.get(key, ...rest));
        if (!found.has(key)) found.set(key, value);
        return struck?.kind === "stale" ? found.get(key) : value;
      },
      put: (key, ...rest) => pass(strike(binding, "put", String(key)), () => kv.put(key, ...rest)),
    });
  },

  R2Bucket: (binding, bucket) =>
    around(bucket, {
      get: (key, ...rest) => pass(strike(binding, "get", String(key)), () => bucket.get(key, ...rest)),
      put: (key, ...rest) => pass(strike(binding, "put", String(key)), () => bucket.put(key, ...rest)),
    }),

  DurableObjectNamespace: (binding, namespace) =>
    around(namespace, {
      getByName(name, ...rest) {
        const stub = namespace.getByName(name, ...rest);
        const number = ++stubs;
        return around(stub, {
          answer(call) {
            const struck = strike(binding, "answer", `${name} ${JSON.parse(call).call.type}`, { stub: number });
            return pass(struck, () => stub.answer(call));
          },
          fetch: (...given) => pass(strike(binding, "fetch", `${name} socket`, { stub: number }), () => stub.fetch(...given)),
        });
      },
    }),

  WorkerQueue: (binding, queue) =>
    around(queue, { send: (body, ...rest) => pass(strike(binding, "send", String(body)), () => queue.send(body, ...rest)) }),
};

const wrapped = new WeakMap();

/** `env` with every binding of a kind above wrapped, once each. */
const faulty = (env) =>
  new Proxy(env, {
    get(_, name) {
      const value = env[name];
      const wrap = typeof value === "object" ? wraps[value?.constructor?.name] : undefined;
      if (!wrap) return value;
      if (!wrapped.has(value)) wrapped.set(value, wrap(String(name), value));
      return wrapped.get(value);
    },
  });

export class Conversation extends Whole {
  constructor(ctx, env) {
    super(ctx, faulty(env));
  }
}

export default class extends Edgewise {
  constructor(ctx, env) {
    super(ctx, faulty(env));
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/api/__faults") return super.fetch(request);
    const question = Object.fromEntries(searchParams);
    if (request.method === "GET") return Response.json(calls.filter((call) => fits(question, call)));
    if (request.method === "DELETE") {
      rules = rules.filter(({ name }) => name !== question.name);
    } else {
      const more = await request.json();
      rules.push(...more);
    }
    return new Response(null, { status: 204 });
  }
}
