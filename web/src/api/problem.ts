// A call of the HTTP API that did not succeed, in words for people.
import { t } from "../i18n";
import type { FieldError, Problem } from "./schema";

interface Details {
  requestId?: string | null;
  /** When the same call may be made again. */
  retryAfterMs?: number | null;
  fields?: readonly FieldError[];
  /** The kind of trouble, such as `Second factor needed`. */
  title?: string | null;
  /** What a sign-in with a second factor goes on with. */
  challenge?: string | null;
}

/** A call that did not succeed; `message` is a sentence for people. */
export class ApiError extends Error {
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly fields: readonly FieldError[];
  readonly title: string | null;
  readonly challenge: string | null;

  constructor(
    message: string,
    /** 0 when no answer came. */
    readonly status: number,
    { requestId = null, retryAfterMs = null, fields = [], title = null, challenge = null }: Details = {},
  ) {
    super(message);
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.fields = fields;
    this.title = title;
    this.challenge = challenge;
  }

  /** Whether the same call may succeed later without anybody doing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 502;
  }

  /** What is wrong with the field of that name, if it is what was refused. */
  field(name: string): string | null {
    return this.fields.find(({ pointer }) => pointer === name || pointer === `/${name}`)?.detail ?? null;
  }
}

const SLOWEST_RETRY_MS = 3_600_000;

/** What `Retry-After` says, of seconds or a date; at most an hour. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (!header) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), SLOWEST_RETRY_MS) : null;
}

/** The error for an answer that is none of 2xx. */
export function problemOf(response: Pick<Response, "status" | "headers">, body: unknown, now = Date.now()): ApiError {
  const problem = (typeof body === "object" ? body : null) as (Partial<Problem> & { challenge?: string }) | null;
  const message = problem?.detail || problem?.message || t("error.status", { status: String(response.status) });
  return new ApiError(message.charAt(0).toUpperCase() + message.slice(1), response.status, {
    requestId: problem?.requestId ?? response.headers.get("x-request-id"),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), now),
    fields: problem?.errors ?? [],
    title: problem?.title ?? problem?.error ?? null,
    challenge: problem?.challenge ?? null,
  });
}

export const sentence = (error: unknown): string => (error instanceof ApiError ? error.message : t("error.unknown"));
