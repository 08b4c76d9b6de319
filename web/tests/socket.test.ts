// What the socket decides, and that it resumes without a gap.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff } from "../src/api/backoff";
import { type Handlers, LogSocket, onClose, read } from "../src/chat/socket";

describe("backoff", () => {
  it("grows from 0.3 s to 10 s and is spread", () => {
    expect(backoff(0, () => 0)).toBe(300);
    expect(backoff(0, () => 1)).toBe(600);
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(backoff(attempt, () => 0)).toBeGreaterThanOrEqual(300);
      expect(backoff(attempt, () => 1)).toBeLessThanOrEqual(10_000);
      expect(backoff(attempt + 1, () => 0)).toBeGreaterThanOrEqual(backoff(attempt, () => 0));
    }
    expect(backoff(40, () => 1)).toBe(10_000);
  });
});

describe("onClose", () => {
  it("knows what each code asks for", () => {
    expect(onClose(1006).then).toBe("reconnect");
    expect(onClose(1000).then).toBe("reconnect");
    expect(onClose(1012).then).toBe("reconnect");
    expect(onClose(1013).then).toBe("resume");
    expect(onClose(1008).then).toBe("refused");
    expect(onClose(1009).then).toBe("refused");
    expect(onClose(4401).then).toBe("sign-in");
    expect(onClose(4403).then).toBe("forbidden");
    expect(onClose(4404).then).toBe("gone");
    expect(onClose(4429, "7")).toEqual({ then: "wait", ms: 7_000 });
    expect(onClose(4429, "soon")).toEqual({ then: "wait", ms: 10_000 });
    expect(onClose(4429, "-1")).toEqual({ then: "wait", ms: 1_000 });
  });
});

describe("read", () => {
  it("reads events of the log and errors, nothing else", () => {
    const event = { type: "turn.started", turnId: "t" };
    expect(read(JSON.stringify({ type: "event", requestId: "$log", seq: 3, event }))).toEqual({
      type: "event",
      numbered: { seq: 3, event },
    });
    expect(read('{"type":"error","requestId":"r","errorText":"no"}')).toEqual({
      type: "error",
      requestId: "r",
      errorText: "no",
    });
    for (const other of ["pong", "{", '{"type":"chunk","requestId":"r","sequence":0,"chunk":{}}', new ArrayBuffer(1)]) {
      expect(read(other)).toEqual({ type: "other" });
    }
  });
});

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
  readyState = 0;
  said: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.said.push(text);
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  event(seq: number) {
    const event = { type: "message.delta", messageId: "m", text: "x" };
    this.onmessage?.({ data: JSON.stringify({ type: "event", requestId: "$log", seq, event }) });
  }
  end(code: number, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  get subscriptions(): number[] {
    return this.said.filter((text) => text.includes("subscribe")).map((text) => JSON.parse(text).after as number);
  }
}

describe("LogSocket", () => {
  let seen: number[];
  let refused: string[];
  let handlers: Handlers;
  let socket: LogSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    FakeSocket.all = [];
    seen = [];
    refused = [];
    handlers = {
      onEvent: ({ seq }) => seen.push(seq),
      onConnection: () => {},
      onReady: vi.fn(),
      onRefused: (_, text) => refused.push(text),
      onAllRefused: (text) => refused.push(text),
      signInAgain: vi.fn(async () => {}),
      probe: vi.fn(async () => "there" as const),
    };
    socket = new LogSocket("ws://x/", handlers);
  });

  afterEach(() => {
    socket.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("resumes after the last event, whatever the connection lost or repeated", () => {
    FakeSocket.last.open();
    expect(FakeSocket.last.subscriptions).toEqual([0]);
    for (const seq of [1, 2, 3]) FakeSocket.last.event(seq);
    FakeSocket.last.end(1006);
    expect(socket.connection.phase).toBe("waiting");
    vi.advanceTimersByTime(700);
    FakeSocket.last.open();
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.subscriptions).toEqual([3]);
    for (const seq of [2, 3, 4, 4, 5]) FakeSocket.last.event(seq);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(handlers.onReady).toHaveBeenCalledTimes(2);
  });

  it("asks once for what a gap left out", () => {
    FakeSocket.last.open();
    FakeSocket.last.event(1);
    for (const seq of [4, 5, 6]) FakeSocket.last.event(seq);
    expect(FakeSocket.last.subscriptions).toEqual([0, 1]);
    for (const seq of [2, 3, 4, 5, 6, 7]) FakeSocket.last.event(seq);
    FakeSocket.last.event(9);
    expect(FakeSocket.last.subscriptions).toEqual([0, 1, 7]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("gives up a connection that does not answer a ping", () => {
    FakeSocket.last.open();
    vi.advanceTimersByTime(25_000);
    expect(FakeSocket.last.said).toContain("ping");
    FakeSocket.last.onmessage?.({ data: "pong" });
    vi.advanceTimersByTime(24_000);
    expect(socket.connection.phase).toBe("open");
    vi.advanceTimersByTime(1_000 + 10_000);
    expect(FakeSocket.all[0]?.readyState).toBe(3);
    expect(socket.connection.phase).not.toBe("open");
  });

  it("connects at once when asked to", () => {
    FakeSocket.last.end(1006);
    socket.retry();
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("signs in again at 4401, stays away at 4404, waits at 4429", async () => {
    FakeSocket.last.open();
    FakeSocket.last.end(4401);
    expect(handlers.signInAgain).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(700);
    FakeSocket.last.open();
    FakeSocket.last.end(4429, "3");
    vi.advanceTimersByTime(2_900);
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(200);
    expect(FakeSocket.all).toHaveLength(3);
    FakeSocket.last.open();
    FakeSocket.last.end(4404);
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(3);
    expect(socket.connection.phase).toBe("gone");
  });

  it("tries once more at 4403, stays away at the second, and forgets the first when all went well since", () => {
    FakeSocket.last.open();
    FakeSocket.last.end(4403);
    expect(socket.connection.phase).toBe("waiting");
    vi.advanceTimersByTime(700);
    FakeSocket.last.open();
    vi.advanceTimersByTime(6_000);
    FakeSocket.last.end(4403);
    expect(socket.connection.phase).toBe("waiting");
    vi.advanceTimersByTime(700);
    FakeSocket.last.open();
    FakeSocket.last.end(4403);
    expect(socket.connection.phase).toBe("forbidden");
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it("says that one may not see it any more when it is gone right after 4403", () => {
    FakeSocket.last.open();
    FakeSocket.last.end(4403);
    vi.advanceTimersByTime(700);
    FakeSocket.last.open();
    FakeSocket.last.end(4404);
    expect(socket.connection.phase).toBe("forbidden");
  });

  it("asks why when a handshake fails, and believes that the conversation is gone", async () => {
    handlers.probe = vi.fn(async () => "gone" as const);
    FakeSocket.last.end(1006);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(socket.connection.phase).toBe("gone");
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("does not send by itself again what closed the connection", () => {
    FakeSocket.last.open();
    FakeSocket.last.end(1009);
    expect(refused).toEqual(["This message is too long."]);
    expect(socket.connection.phase).toBe("waiting");
  });
});
