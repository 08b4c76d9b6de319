// Answers that screens show: asked for once, kept while they are looked at, asked again when something changed.
import { QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Args, Name } from "./client";
import { ApiError } from "./problem";
import type { Operations } from "./schema";
import { call } from "./session";

const TRIES = 3;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What is refused once is refused again; what was too much is asked when the server says.
      retry: (failures, error) => failures < TRIES && error instanceof ApiError && (error.passing || error.status === 429),
      retryDelay: (attempt, error) => (error instanceof ApiError ? error.retryAfterMs : null) ?? 500 * 2 ** attempt,
    },
  },
});

/** The answer to a call that changes nothing. */
export function useCall<K extends Name>(name: K, ...given: Args<K>): UseQueryResult<Operations[K]["answer"]> {
  const of = given[0] as { path?: unknown; query?: unknown } | undefined;
  return useQuery({
    queryKey: [name, of?.path ?? null, of?.query ?? null],
    queryFn: ({ signal }) => call(name, ...([{ ...given[0], signal }] as unknown as Args<K>)),
  });
}

/** What these calls have answered may be otherwise now. */
export async function refresh(...names: Name[]): Promise<void> {
  await Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));
}
