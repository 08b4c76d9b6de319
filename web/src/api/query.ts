// Answers that screens show: asked for once, kept while they are looked at, asked again when something changed.
import { QueryClient, useInfiniteQuery, useQuery, type UseQueryResult } from "@tanstack/react-query";
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

type Paged = { [K in Name]: Operations[K] extends { query: { cursor?: string }; answer: { nextCursor: string | null } } ? K : never }[Name];

/** The pages of a list, one after the other. */
export function usePages<K extends Paged>(name: K, query: Record<string, string | number>) {
  const asked = useInfiniteQuery({
    queryKey: [name, null, query],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => call(name, ...([{ query: { ...query, cursor: pageParam }, signal }] as unknown as Args<K>)),
    getNextPageParam: (page) => (page as { nextCursor: string | null }).nextCursor,
  });
  return { ...asked, pages: (asked.data?.pages ?? []) as Operations[K]["answer"][] };
}
