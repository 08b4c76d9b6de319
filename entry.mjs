// What workerd loads: contains crashes, gives objects their base class, forwards everything to the wasm.
//
// Why it is here: a Rust panic, a failed allocation or a poisoned future ends the whole wasm instance, and with it
// every call that was under way in this isolate, of whatever request. The runtime does not notice: those calls would
// wait for ever. This file notices, answers all of them at once, and lets the shim build a new instance for the next.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import RustWorker, * as rust from "./build/index.js";

/** How to fail each call that is inside the wasm now. */
const underWay = new Set();

// A wasm trap is a RuntimeError. The sentences are what wasm-bindgen and the shim say on the way into a dead instance;
// the first is also left behind by an isolate that was stopped inside a poll, which no RuntimeError tells.
const isCrash = (error) =>
  error instanceof WebAssembly.RuntimeError || /closure invoked recursively|Module terminated|Critical error/i.test(String(error?.message));

// A timer or a promise of an instance that has been replaced. The one that runs now is well.
const isLate = (error) => /previous WASM instance/i.test(String(error?.message));

function crash(error) {
  globalThis.__worker_init_state.criticalError = true; // the shim replaces the instance on the next way in
  const calls = [...underWay];
  underWay.clear();
  for (const fail of calls) fail(error);
}

// A trap inside a poll has no caller to throw to: it arrives here.
addEventListener("error", ({ error }) => {
  if (isCrash(error)) crash(error);
});

/** Runs one call into the wasm, and fails when it does or when the instance dies beside it. */
function guarded(call) {
  return new Promise((resolve, reject) => {
    underWay.add(reject);
    const fail = (error) => {
      underWay.delete(reject);
      if (isCrash(error)) crash(error);
      reject(error);
    };
    const done = (value) => {
      underWay.delete(reject);
      resolve(value);
    };
    try {
      Promise.resolve(call()).then(done, fail);
    } catch (error) {
      fail(error);
    }
  });
}

const SENTENCE = "Something went wrong on our side. Please try again.";

/** One line for the operator: never the body, the query or the words of a message. */
function report(where, error, more = {}) {
  const line = { level: "error", event: isCrash(error) || isLate(error) ? "crash" : "failure", where, ...more };
  console.error(JSON.stringify({ ...line, reason: String(error?.message ?? error).slice(0, 200) }));
}

// The shapes of crates/protocol/src/problem.rs and of OpenAI's errors, written without the wasm: it may be dead.
function internalError(request, where, error) {
  const requestId = crypto.randomUUID();
  const { pathname } = new URL(request.url);
  report(where, error, { requestId, method: request.method, path: pathname });
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store", "x-request-id": requestId };
  if (pathname.startsWith("/v1/")) {
    const body = { error: { message: SENTENCE, type: "server_error", param: null, code: "internal_error" } };
    return Response.json(body, { status: 500, headers: { ...headers, "content-type": "application/json" } });
  }
  const title = "Internal Server Error";
  const body = { type: "about:blank", title, status: 500, detail: SENTENCE, requestId, errorId: requestId, error: title, message: SENTENCE };
  return Response.json(body, { status: 500, headers });
}

let doors;

// Only these three methods: the shim's own class would offer every exported Rust function as an RPC call.
export default class Edgewise extends WorkerEntrypoint {
  #worker;

  constructor(ctx, env) {
    super(ctx, env);
    // One for each isolate: the shim builds two proxies for each new one. The wasm asks for nothing of `ctx`, which is
    // the first request's.
    this.#worker = doors ??= new RustWorker(ctx, env);
  }

  async fetch(request) {
    try {
      // Local servers cut a connection that is answered in the middle of an upload, and the answer with it; the
      // platform itself does not, and there bodies stream.
      const local = this.env.ENVIRONMENT === "development" && request.body !== null;
      const whole = local ? new Request(request, { body: await request.arrayBuffer() }) : request;
      return await this.#answer(whole);
    } catch (error) {
      return internalError(request, "fetch", error);
    }
  }

  // What only reads is read again by the new instance: whoever was beside a crash need not know of it. Once, for it may
  // be this request that crashes.
  async #answer(request) {
    const call = () => guarded(() => this.#worker.fetch(request));
    if (request.method !== "GET") return call();
    return call().catch((error) => {
      if (!isCrash(error) && !isLate(error)) throw error;
      return call();
    });
  }

  // A rejection is what makes the queue deliver again, and the cron be recorded as failed.
  async queue(batch) {
    await guarded(() => this.#worker.queue(batch));
  }

  async scheduled(event) {
    await guarded(() => this.#worker.scheduled(event));
  }
}

/** The class that workerd sees for a Rust Durable Object: extending DurableObject is what opens storage to the tests. */
function objectClass(name) {
  const RustObject = rust[name];
  return class extends DurableObject {
    #object;

    constructor(ctx, env) {
      super(ctx, env);
      this.#object = new RustObject(ctx, env);
    }

    // A call is a text, and so is its reply, or a response that goes on to the client. As a request of the runtime each
    // would cost twice as much.
    async answer(call) {
      try {
        return await guarded(() => this.#object.answer(call));
      } catch (error) {
        report(`${name}.answer`, error);
        // What went wrong is in the log; the caller can do nothing with it.
        throw new Error("the object failed");
      }
    }

    // Sockets alone: they cannot be had by a call.
    async fetch(request) {
      try {
        return await guarded(() => this.#object.fetch(request));
      } catch (error) {
        return internalError(request, `${name}.fetch`, error);
      }
    }

    // Rejecting asks the runtime to ring again, with a growing delay.
    async alarm(info) {
      await guarded(() => this.#object.alarm(info));
    }

    // The client sent a frame that nobody will answer. Closing tells it so: it connects again and resumes from the log.
    async webSocketMessage(socket, message) {
      // Frames of a socket that we have closed: those of a flood go on arriving for a while.
      if (socket.readyState !== WebSocket.OPEN) return;
      try {
        await guarded(() => this.#object.webSocketMessage(socket, message));
      } catch (error) {
        report(`${name}.webSocketMessage`, error);
        socket.close(1011, "Internal error. Connect again and resume.");
      }
    }

    // The socket is gone in both: there is nobody to tell.
    async webSocketClose(socket, code, reason, wasClean) {
      await guarded(() => this.#object.webSocketClose(socket, code, reason, wasClean)).catch((error) =>
        report(`${name}.webSocketClose`, error),
      );
    }

    async webSocketError(socket, cause) {
      await guarded(() => this.#object.webSocketError(socket, cause)).catch((error) =>
        report(`${name}.webSocketError`, error),
      );
    }
  };
}

export const Account = objectClass("Account");
export const Conversation = objectClass("Conversation");
export const Run = objectClass("Run");
export const Webhook = objectClass("Webhook");
