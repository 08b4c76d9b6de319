// Shows an answer once it is there, until then its shadow, and what went wrong with a way to try again.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Skeleton, Trouble } from "./states";

export function Load<T>({ from, rows = 3, children }: { from: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (from.data !== undefined) return children(from.data);
  if (from.isError) return <Trouble error={from.error} onRetry={() => void from.refetch()} />;
  return <Skeleton rows={rows} />;
}
