// How each part of the server does, looked at again and again.
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/problem";
import type { Health } from "../api/schema";
import { number, t, time } from "../i18n";
import { Badge, Load, Panel, Table } from "../ui";

const EVERY_MS = 10_000;
const PARTS = ["database", "cache", "storage", "objects", "queues", "models"] as const;

/** Also an answer of 503 is a report: it says which part is ill. */
async function report(signal: AbortSignal): Promise<Health> {
  let body: Partial<Health> | null = null;
  try {
    const response = await fetch("/api/health", { signal, headers: { accept: "application/json" } });
    body = (await response.json()) as Partial<Health>;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  if (!body?.checks) throw new ApiError(t("status.unreachable"), 0);
  return body as Health;
}

export function HealthView() {
  const health = useQuery({ queryKey: ["health"], queryFn: ({ signal }) => report(signal), refetchInterval: EVERY_MS });
  return (
    <Load from={health} rows={PARTS.length}>
      {({ status, checks, timestamp }) => (
        <Panel
          title={status === "ok" ? t("status.ok") : t("status.degraded")}
          text={t("status.asOf", { time: time(timestamp) })}
          action={<Badge tone={status === "ok" ? "good" : "bad"}>{status === "ok" ? t("status.healthy") : t("status.unhealthy")}</Badge>}
        >
          <Table
            label={t("status.title")}
            testId="health"
            rows={PARTS.map((part) => ({ part, ...checks[part] }))}
            keyOf={({ part }) => part}
            columns={[
              { id: "part", label: t("status.part"), cell: ({ part }) => <strong>{t(`status.${part}`)}</strong> },
              { id: "ok", label: t("admin.state"), cell: ({ ok }) => <Badge tone={ok ? "good" : "bad"}>{ok ? t("status.healthy") : t("status.unhealthy")}</Badge> },
              { id: "ms", label: t("status.time"), align: "end", cell: ({ ms }) => t("status.ms", { ms: number(ms) }) },
            ]}
          />
        </Panel>
      )}
    </Load>
  );
}
