// Files on their way up: a few at a time, again when that helps, and away with them at once.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { waitBeforeMs } from "../src/api/patience";
import { Places } from "../src/api/places";
import { ApiError } from "../src/api/problem";
import { Uploads } from "../src/chat/uploads";

/** A request on its way, which the test answers. */
class Request {
  static all: Request[] = [];
  static get open(): Request[] {
    return Request.all.filter(({ done }) => !done);
  }
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  status = 0;
  responseText = "";
  what = "";
  done = false;
  private headers: Record<string, string> = {};
  constructor() {
    Request.all.push(this);
  }
  open(method: string, address: string) {
    this.what = `${method} ${address.replace("/api/chat/attachments", "")}`;
  }
  setRequestHeader() {}
  getResponseHeader = (name: string) => this.headers[name] ?? null;
  send() {}
  abort() {
    this.end(() => this.onabort?.());
  }
  breaks() {
    this.end(() => this.onerror?.());
  }
  answer(status: number, body: unknown, headers: Record<string, string> = {}) {
    Object.assign(this, { status, responseText: JSON.stringify(body), headers });
    this.end(() => this.onload?.());
  }
  private end(how: () => void) {
    if (this.done) return;
    this.done = true;
    how();
    this.onloadend?.();
  }
}

const asked: string[] = [];
let there: number[] = [];
const user = { id: "u1", email: null, guest: true };
const MIB = 1024 * 1024;

function fetched(address: string, { method = "GET" }: RequestInit = {}) {
  asked.push(`${method} ${address.replace("/api/chat/attachments", "")}`);
  const upload = { partBytes: 5 * MIB, parts: there };
  const body = address.includes("/session") ? { user } : { id: "f1", status: "pending", upload };
  return Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
}

let uploads: Uploads;
const files = (count: number, bytes = 4) => Array.from({ length: count }, (_, at) => new File([new Uint8Array(bytes)], `${at}.txt`, { type: "text/plain" }));
const states = () => uploads.get().map(({ status }) => status);
/** Everything that is due at once. */
const settle = () => vi.advanceTimersByTimeAsync(0);
const open = (at = 0): Request => {
  const request = Request.open[at];
  if (!request) throw new Error(`no request ${at}`);
  return request;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", Request);
  vi.stubGlobal("fetch", fetched);
  Request.all = [];
  asked.length = 0;
  there = [];
  localStorage.clear();
  uploads = new Uploads("draft");
});

afterEach(async () => {
  // The places are of the page: none is left taken.
  for (const { key } of uploads.get()) uploads.remove(key);
  await settle();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("several files", () => {
  it("go up three at a time, and the next when one is there", async () => {
    uploads.add(files(5));
    await settle();
    expect(Request.open).toHaveLength(3);
    expect(states()).toEqual(["uploading", "uploading", "uploading", "waiting", "waiting"]);
    open().answer(201, { id: "f1" });
    await settle();
    expect(states()).toEqual(["ready", "uploading", "uploading", "uploading", "waiting"]);
    expect(Request.open).toHaveLength(3);
    open().answer(422, { detail: "is empty" });
    await settle();
    expect(states()).toEqual(["ready", "failed", "uploading", "uploading", "uploading"]);
    expect(uploads.get()[1]?.error).toBe("Is empty");
  });

  it("wait together, whichever draft they are of", async () => {
    uploads.add(files(3));
    const other = new Uploads("other");
    other.add(files(1));
    await settle();
    expect([Request.open.length, other.get()[0]?.status]).toEqual([3, "waiting"]);
    other.remove(other.get()[0]?.key ?? "");
  });

  it("are taken away while they wait, and never sent", async () => {
    uploads.add(files(4));
    await settle();
    uploads.remove(uploads.get()[3]?.key ?? "");
    for (const request of Request.open) request.answer(201, { id: "f" });
    await settle();
    expect(states()).toEqual(["ready", "ready", "ready"]);
    expect(Request.all).toHaveLength(3);
  });

  it("make room at once when one is given up on its way", async () => {
    uploads.add(files(4));
    await settle();
    uploads.remove(uploads.get()[0]?.key ?? "");
    await settle();
    expect(states()).toEqual(["uploading", "uploading", "uploading"]);
    expect(Request.all).toHaveLength(4);
  });
});

describe("what fails in passing", () => {
  it.each([429, 503])("is tried again after the server's time: %i", async (status) => {
    uploads.add(files(1));
    await settle();
    open().answer(status, { detail: "busy" }, { "retry-after": "20" });
    await settle();
    expect(states()).toEqual(["waiting"]);
    await vi.advanceTimersByTimeAsync(19_999);
    expect(Request.open).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(states()).toEqual(["uploading"]);
    open().answer(201, { id: "f1" });
    await settle();
    expect(states()).toEqual(["ready"]);
  });

  it("is given up after six tries, and tried anew when the reader asks", async () => {
    uploads.add(files(1));
    for (let attempt = 0; attempt < 6; attempt++) {
      await vi.advanceTimersByTimeAsync(10_000);
      open().breaks();
      await settle();
    }
    expect([states(), Request.all.length]).toEqual([["failed"], 6]);
    uploads.retry(uploads.get()[0]?.key ?? "");
    await settle();
    expect([states(), Request.open.length]).toEqual([["uploading"], 1]);
  });

  it("is not tried again once it was given up", async () => {
    uploads.add(files(1));
    await settle();
    open().answer(503, {}, { "retry-after": "5" });
    await settle();
    uploads.remove(uploads.get()[0]?.key ?? "");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([uploads.get(), Request.all.length]).toEqual([[], 1]);
  });

  it("waits for the network while there is none", async () => {
    const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    uploads.add(files(1));
    await settle();
    open().breaks();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([states(), Request.all.length]).toEqual([["waiting"], 1]);
    online.mockRestore();
    dispatchEvent(new Event("online"));
    await settle();
    expect(states()).toEqual(["uploading"]);
  });

  it("is a connection that moves nothing", async () => {
    uploads.add(files(1));
    await settle();
    await vi.advanceTimersByTimeAsync(59_000);
    open().upload.onprogress?.({ loaded: 1 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(states()).toEqual(["uploading"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states()).toEqual(["waiting"]);
  });

  it("is worth another try only where one may help, and soon", () => {
    const of = (status: number, retryAfterMs: number | null = null, failures = 1) => waitBeforeMs(new ApiError("", status, { retryAfterMs }), failures);
    for (const status of [0, 429, 502, 503]) expect(of(status)).toBeGreaterThan(0);
    expect([of(400), of(409), of(413), of(500), of(503, 60_001), of(503, null, 6), waitBeforeMs(new Error("no"), 1)]).toEqual(Array(7).fill(null));
    expect(of(503, 30_000)).toBe(30_000);
  });
});

describe("a large file", () => {
  it("goes on with the part that broke", async () => {
    uploads.add(files(1, 6 * MIB));
    await settle();
    open().answer(200, {});
    await settle();
    open().upload.onprogress?.({ loaded: MIB / 2 });
    expect(uploads.get()[0]?.progress).toBeCloseTo(5.5 / 6);
    open().breaks();
    await vi.advanceTimersByTimeAsync(10_000);
    open().answer(200, {});
    await settle();
    expect(states()).toEqual(["ready"]);
    expect(Request.all.map(({ what }) => what)).toEqual(["PUT /f1/parts/1", "PUT /f1/parts/2", "PUT /f1/parts/2"]);
    expect(asked.slice(-2)).toEqual(["POST /uploads", "POST /f1/complete"]);
  });

  it("asks what is there when the reader tries it again", async () => {
    uploads.add(files(1, 6 * MIB));
    await settle();
    open().answer(200, {});
    await settle();
    open().answer(500, { detail: "broken" });
    await settle();
    expect(states()).toEqual(["failed"]);
    there = [1];
    uploads.retry(uploads.get()[0]?.key ?? "");
    await settle();
    expect(Request.open.map(({ what }) => what)).toEqual(["PUT /f1/parts/2"]);
    expect(asked.at(-1)).toBe("GET /f1/info");
  });
});

describe("Places", () => {
  it("are given back by what fails", async () => {
    const places = new Places(1);
    const { signal } = new AbortController();
    await expect(places.hold(() => Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    await expect(places.hold(() => Promise.resolve(1), signal)).resolves.toBe(1);
  });

  it("are not for whoever has given up already", async () => {
    const abort = new AbortController();
    abort.abort(new Error("gone"));
    await expect(new Places(1).hold(() => Promise.resolve(1), abort.signal)).rejects.toThrow("gone");
  });
});

describe("a file of an earlier message", () => {
  it("goes along once more, and taken away it stays where it was", async () => {
    const file = { type: "file", id: "f9", filename: "old.txt", mediaType: "text/plain", size: 4, url: "/api/chat/attachments/f9" } as const;
    expect([uploads.borrow(file), uploads.borrow(file), states()]).toEqual([null, null, ["ready"]]);
    uploads.remove("f9");
    await settle();
    expect([uploads.get(), asked.filter((call) => call.startsWith("DELETE"))]).toEqual([[], []]);
    uploads.give([file]);
    uploads.remove("f9");
    await settle();
    expect(asked.at(-1)).toBe("DELETE /f9");
  });
});
