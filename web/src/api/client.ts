// Typed calls of the HTTP API: a call is named as in the OpenAPI document, and takes and gives what that says.
import { t } from "../i18n";
import { ApiError, problemOf } from "./problem";
import type { Operations } from "./schema";

type Name = keyof Operations;
type Given<K extends Name> = Omit<Operations[K], "answer" | "query"> &
  (Operations[K] extends { query: infer Q } ? { query?: Q } : unknown) & { headers?: Record<string, string>; signal?: AbortSignal };
/** What has to be given may not be left out. */
type Args<K extends Name> = Partial<Record<"path" | "body", never>> extends Pick<Given<K>, Extract<keyof Given<K>, "path" | "body">>
  ? [given?: Given<K>]
  : [given: Given<K>];

/** A window of requests, as the last answer told it. */
export interface RateWindow {
  limit: number;
  remaining: number;
  /** Milliseconds since 1970. */
  resetAt: number;
}

let rateWindow: RateWindow | null = null;
export const lastRateWindow = (): RateWindow | null => rateWindow;

function remember(headers: Headers): void {
  const [limit, remaining, resetAt] = ["limit", "remaining", "reset"].map((name) => Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN));
  if (limit && remaining !== undefined && resetAt && Number.isFinite(limit + remaining + resetAt)) rateWindow = { limit, remaining, resetAt };
}

/** The address of a call. */
export function addressOf(name: string, path: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const template = name.slice(name.indexOf(" ") + 1);
  const address = template.replace(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(path[field])));
  const search = new URLSearchParams();
  for (const [field, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== "") search.set(field, String(value));
  return search.size ? `${address}?${search}` : address;
}

/** A request to our own origin; throws an `ApiError` unless it is answered by 2xx. */
export async function request(method: string, address: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init, method });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(t("error.unreachable"), 0);
  }
  remember(response.headers);
  if (response.ok) return response;
  const text = await response.text().catch(() => "");
  throw problemOf(response, parsed(text));
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return undefined;
  }
}

/** Makes a call as whoever the cookie says, or as nobody. */
export async function open<K extends Name>(name: K, ...[given]: Args<K>): Promise<Operations[K]["answer"]> {
  const { path, query, body, headers, signal } = (given ?? {}) as {
    path?: Record<string, unknown>;
    query?: Record<string, unknown>;
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  };
  const response = await request(name.slice(0, name.indexOf(" ")), addressOf(name, path, query), {
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const answer = parsed(await response.text().catch(() => ""));
  if (answer === undefined) throw new ApiError(t("error.unreadable"), 502);
  return answer as Operations[K]["answer"];
}

export type { Args, Name };
