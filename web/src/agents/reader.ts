// Follows a run: reads its journal from the last number it has, comes again by itself, and says honestly how it stands.
import { backoff } from "../api/backoff";
import { ApiError } from "../api/problem";
import type { NumberedRunEvent, Run } from "../api/schema";

/** Events as a stream had them, and how soon the server likes to be asked again. */
export interface Batch {
  events: readonly NumberedRunEvent[];
  retryMs: number | null;
}

export interface Source {
  show: (signal: AbortSignal) => Promise<Run>;
  /** What follows that number, once there is something; `null` when nothing will. */
  events: (after: number, signal: AbortSignal) => Promise<Batch | null>;
}

export type Connection =
  | { phase: "connecting" | "live" | "over" }
  /** The next attempt is at `until`. */
  | { phase: "waiting"; until: number };

export interface RunState {
  run: Run | null;
  events: readonly NumberedRunEvent[];
  connection: Connection;
  /** What no other attempt can mend. */
  error: unknown;
}

const USUAL_RETRY_MS = 500;

/** A whole stream of server-sent events. One that cannot be read is no answer at all. */
export function readBatch(text: string): Batch {
  let retryMs: number | null = null;
  const events: NumberedRunEvent[] = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const fields = block.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
    const retry = Number(fields.find((field) => field?.[1] === "retry")?.[2] ?? Number.NaN);
    if (Number.isFinite(retry)) retryMs = retry;
    const data = fields.flatMap((field) => (field?.[1] === "data" ? [field[2] ?? ""] : []));
    if (data.length) events.push(JSON.parse(data.join("\n")) as NumberedRunEvent);
  }
  return { events, retryMs };
}

/** Whether another attempt may go better. */
const passes = (error: unknown): boolean => !(error instanceof ApiError) || error.passing || error.status === 429;

export class RunReader {
  private state: RunState = { run: null, events: [], connection: { phase: "connecting" }, error: null };
  private readonly listeners = new Set<() => void>();
  private wake: () => void = () => {};

  constructor(
    private readonly source: Source,
    private readonly now: () => number = Date.now,
  ) {}

  readonly get = (): RunState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** An answer that tells how the run stands, unless a newer one is known. */
  readonly take = (run: Run): void => {
    if (run.summary.lastSeq >= (this.state.run?.summary.lastSeq ?? 0)) this.set({ run });
  };

  /** Ends the wait for the next attempt. */
  readonly retry = (): void => this.wake();

  /** Reads until the run is over, or nobody looks any more. */
  async follow(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", this.retry);
    for (let failures = 0; !signal.aborted; ) {
      try {
        const retryMs = await this.once(signal);
        failures = 0;
        if (signal.aborted || retryMs === null) return;
        await this.pause(retryMs);
      } catch (error) {
        if (signal.aborted) return;
        if (!passes(error)) {
          this.set({ error });
          return;
        }
        const ms = Math.max(error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0, backoff(failures++));
        this.set({ connection: { phase: "waiting", until: this.now() + ms } });
        await this.pause(ms);
        this.set({ connection: { phase: "connecting" } });
      }
    }
  }

  /** One batch, and how the run stands with it; gives how soon to ask again, `null` when it is over. */
  private async once(signal: AbortSignal): Promise<number | null> {
    // Whether there is a connection is known at once: the answer about news waits until there are some.
    if (this.state.connection.phase !== "live") {
      this.take(await this.source.show(signal));
      this.set({ connection: { phase: "live" } });
    }
    const batch = await this.source.events(this.last(), signal);
    for (const numbered of batch?.events ?? []) {
      if (numbered.seq > this.last() + 1) throw new Error("gap");
      if (numbered.seq === this.last() + 1) this.set({ events: [...this.state.events, numbered] });
    }
    if ((this.state.run?.summary.lastSeq ?? 0) < this.last()) this.take(await this.source.show(signal));
    if (batch === null) this.set({ connection: { phase: "over" } });
    return batch && (batch.retryMs ?? USUAL_RETRY_MS);
  }

  private readonly last = (): number => this.state.events.at(-1)?.seq ?? 0;

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private set(changes: Partial<RunState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }
}
