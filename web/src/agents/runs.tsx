// What agents did and do, the newest first.
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { refresh, usePages } from "../api/query";
import type { RunStatus } from "../api/schema";
import { ago, t } from "../i18n";
import { AgentIcon } from "../icons";
import { Badge, Button, Empty, Panel, Select, Skeleton, Table, Trouble } from "../ui";
import { isOver } from "./timeline";
import { statusOf, TONES } from "./words";

const STATUSES: readonly RunStatus[] = ["waiting", "running", "queued", "completed", "failed", "cancelled"];
/** While something of the list is under way and somebody looks. */
const AGAIN_MS = 5_000;

export function Runs() {
  const [status, setStatus] = useState<RunStatus | "">("");
  return (
    <Panel
      title={t("runs.title")}
      text={t("runs.text")}
      action={
        <Select
          label={t("runs.state")}
          quiet
          value={status}
          choices={[{ value: "", label: t("runs.anyState") }, ...STATUSES.map((each) => ({ value: each, label: statusOf(each) }))]}
          onChange={({ target }) => setStatus(target.value as RunStatus | "")}
        />
      }
    >
      <RunTable query={status ? { status } : {}} />
    </Panel>
  );
}

export function RunTable({ query }: { query: { agentId?: string; status?: RunStatus } }) {
  const [, navigate] = useLocation();
  const { pages, hasNextPage, fetchNextPage, isFetchingNextPage, isError, error, refetch } = usePages("GET /api/runs", { limit: 20, ...query });
  const runs = pages.flatMap((page) => page.runs);
  const moving = runs.some((run) => !isOver(run));
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => document.hidden || void refresh("GET /api/runs"), AGAIN_MS);
    return () => clearInterval(timer);
  }, [moving]);
  if (isError) return <Trouble error={error} onRetry={() => void refetch()} />;
  if (pages.length === 0) return <Skeleton />;
  if (runs.length === 0 && query.agentId) return <p className="field-hint">{t("runs.noneOfAgent")}</p>;
  if (runs.length === 0) {
    return (
      <Empty
        icon={<AgentIcon />}
        title={query.status ? t("runs.noneSuch") : t("runs.none")}
        text={t("runs.noneText")}
        action={
          <Button size="small" kind="primary" onClick={() => navigate("/agents")}>
            {t("agents.yours")}
          </Button>
        }
      />
    );
  }
  return (
    <>
      <Table
        label={t("runs.title")}
        testId="runs"
        rows={runs}
        keyOf={({ id }) => id}
        onOpen={({ id }) => navigate(`/runs/${id}`)}
        columns={[
          {
            id: "task",
            label: t("runs.task"),
            cell: ({ id, task }) => (
              <Link className="run-task" dir="auto" href={`/runs/${id}`}>
                {task}
              </Link>
            ),
          },
          ...(query.agentId ? [] : [{ id: "agent", label: t("runs.agent"), cell: ({ agentName }: { agentName: string }) => agentName }]),
          { id: "state", label: t("runs.state"), cell: ({ status }) => <Badge tone={TONES[status]}>{statusOf(status)}</Badge> },
          { id: "when", label: t("runs.started"), cell: ({ createdAt }) => <span className="name">{ago(createdAt)}</span> },
        ]}
      />
      {hasNextPage && (
        <Button size="small" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("common.more")}
        </Button>
      )}
    </>
  );
}
