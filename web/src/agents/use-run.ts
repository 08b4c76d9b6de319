// A run as a part of the page follows it, for as long as it is shown.
import { useEffect, useState, useSyncExternalStore } from "react";
import { addressOf, request } from "../api/client";
import { admittedTo, call } from "../api/session";
import { readBatch, RunReader, type RunState, type Source } from "./reader";

/** Ends with the signal, and with the network: a request that hangs would say that all is well. */
async function whileOnline<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const both = new AbortController();
  const end = () => both.abort();
  signal.addEventListener("abort", end);
  addEventListener("offline", end);
  try {
    return await ask(both.signal);
  } finally {
    signal.removeEventListener("abort", end);
    removeEventListener("offline", end);
  }
}

const sourceOf = (id: string): Source => ({
  show: (signal) => call("GET /api/runs/{id}", { path: { id }, signal }),
  events: (after, signal) =>
    whileOnline(signal, (both) =>
      admittedTo(async () => {
        const headers = { accept: "text/event-stream", "last-event-id": String(after) };
        const response = await request("GET", addressOf("GET /api/runs/{id}/events", { id }), { headers, signal: both });
        return response.status === 204 ? null : readBatch(await response.text());
      }),
    ),
});

export function useRun(id: string): RunState & Pick<RunReader, "take" | "retry"> {
  const [reader] = useState(() => new RunReader(sourceOf(id)));
  useEffect(() => {
    const gone = new AbortController();
    addEventListener("online", reader.retry, { signal: gone.signal });
    void reader.follow(gone.signal);
    return () => gone.abort();
  }, [reader]);
  return { ...useSyncExternalStore(reader.subscribe, reader.get), take: reader.take, retry: reader.retry };
}

/** The time, again each second while something moves with it. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
