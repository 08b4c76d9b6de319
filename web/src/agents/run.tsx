// One run: how it stands, what it asks, what it made, its steps and what they cost. It follows by itself.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import type { Run } from "../api/schema";
import { call } from "../api/session";
import { Markdown } from "../chat/markdown";
import { useSecondsUntil } from "../chat/seconds";
import { shortcutOf } from "../chat/shortcuts";
import { press } from "../chat/tools";
import { dateTime, t } from "../i18n";
import { AlertIcon, LeftIcon } from "../icons";
import { Badge, Button, CopyButton, Panel, Progress, Skeleton, Trouble, useAction } from "../ui";
import { Approvals } from "./approvals";
import { Gauges } from "./gauges";
import type { Connection, RunState } from "./reader";
import { Steps } from "./steps";
import { keepTask } from "./task";
import { chaptersOf, isOver, progressOf, spendingOf, type Spent } from "./timeline";
import { useNow, useRun } from "./use-run";
import { duration, phaseOf, statusOf, TONES, whyOf } from "./words";

const HOUR_MS = 3_600_000;
/** The ledger hears of a step a moment later; after a minute it will not. */
const LEDGER_MS = 3_000;
const MOST_LOOKS = 20;
const NOTHING: ReadonlyMap<string, Spent> = new Map();

/** What each step has cost, as far as the ledger has heard of it. */
function useSpending({ summary: { id, createdAt, updatedAt, lastSeq, status }, usage }: Run): ReadonlyMap<string, Spent> {
  const asked = useQuery({
    queryKey: ["run-spending", id, lastSeq, usage.inputTokens + usage.outputTokens],
    queryFn: async ({ signal }) => {
      // An attempt that nobody waited for any more may end later.
      const to = isOver({ status }) ? { to: new Date(Date.parse(updatedAt) + HOUR_MS).toISOString() } : {};
      const { entries } = await call("GET /api/usage", { query: { by: "entry", from: createdAt, limit: 1000, ...to }, signal });
      return spendingOf(entries, id);
    },
    placeholderData: (before) => before,
    refetchInterval: ({ state: { data, dataUpdateCount } }) => {
      const whole = data !== undefined && total(data) >= usage.inputTokens + usage.outputTokens;
      return whole || dataUpdateCount >= MOST_LOOKS ? false : LEDGER_MS;
    },
  });
  return asked.data ?? NOTHING;
}

const total = (spending: ReadonlyMap<string, Spent>): number => [...spending.values()].reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);

export function RunScreen({ id }: { id: string }) {
  const { take, retry, ...state } = useRun(id);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const name = shortcutOf(event);
      if (event.isComposing || event.defaultPrevented || (name !== "allow" && name !== "deny")) return;
      event.preventDefault();
      press(name);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <>
      <Link className="link" href="/runs">
        <LeftIcon />
        {t("runs.all")}
      </Link>
      {state.error !== null && <Trouble error={state.error} />}
      {state.run ? <View run={state.run} state={state} take={take} retry={retry} /> : state.error === null && <Waiting connection={state.connection} retry={retry} />}
    </>
  );
}

const Waiting = ({ connection, retry }: { connection: Connection; retry: () => void }) => (
  <>
    <Wire connection={connection} retry={retry} />
    <Skeleton />
  </>
);

/** How the page hears of the run, as it is. */
function Wire({ connection, retry }: { connection: Connection; retry: () => void }) {
  const seconds = useSecondsUntil(connection.phase === "waiting" ? connection.until : null);
  if (connection.phase === "over") return null;
  return (
    <div className="wire" data-testid="wire" data-phase={connection.phase}>
      <p role="status">{t(`runs.wire.${connection.phase}`)}</p>
      {connection.phase === "waiting" && (
        <>
          <small aria-hidden="true">{t("chat.retryIn", { seconds })}</small>
          <Button size="small" onClick={retry}>
            {t("chat.retryNow")}
          </Button>
        </>
      )}
    </div>
  );
}

function View({ run, state: { events, connection }, take, retry }: { run: Run; state: RunState; take: (run: Run) => void; retry: () => void }) {
  const { summary, output } = run;
  const over = isOver(summary);
  const now = useNow(!over);
  const spending = useSpending(run);
  const focus = useRef<HTMLParagraphElement>(null);
  const title = `${statusOf(summary.status)}: ${summary.agentName} · Edgewise`;
  useEffect(() => {
    // Who looks elsewhere sees in the tab how it stands.
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
  const chapters = chaptersOf(run, events, spending);
  const progress = progressOf(run);
  return (
    <>
      <Panel title={summary.agentName} text={t("runs.about", { version: summary.agentVersion, when: dateTime(summary.createdAt) })} action={<Does run={run} take={take} />}>
        {/* The keyboard scrolls it. */}
        <p className="task" dir="auto" role="region" aria-label={t("runs.task")} tabIndex={0}>
          {run.input}
        </p>
        <div className="state" data-testid="run" data-status={summary.status}>
          <Badge tone={TONES[summary.status]}>{statusOf(summary.status)}</Badge>
          <p ref={focus} role="status" tabIndex={-1}>
            {sentenceOf(run)}
          </p>
          <small>{duration((over ? Date.parse(summary.updatedAt) : now) - Date.parse(summary.createdAt))}</small>
        </div>
        {(progress !== null || summary.status === "running") && <Progress label={t("runs.progress")} value={progress} />}
        {!over && <Wire connection={connection} retry={retry} />}
      </Panel>
      <Approvals run={run} events={events} take={take} onDecided={() => focus.current?.focus()} />
      {run.error && !summary.reason?.startsWith("over") && (
        <div className="trouble" data-testid="run-error">
          <AlertIcon />
          <p dir="auto">{run.error}</p>
        </div>
      )}
      {output !== null && output !== undefined && (
        <Panel title={t("runs.result")} action={<CopyButton text={output} />}>
          <div className="md result" data-testid="run-output">
            <Markdown text={output} partial={false} />
          </div>
        </Panel>
      )}
      <Panel title={t("runs.steps")}>
        <Steps chapters={chapters} now={now} />
      </Panel>
      <Panel title={t("runs.budget")} text={t("runs.budgetText")}>
        <Gauges run={run} now={now} priced={[...spending.values()].every((spent) => spent.priced)} />
      </Panel>
    </>
  );
}

function sentenceOf({ summary: { status, reason }, steps, approvals }: Run): string {
  if (status === "running") return t("runs.works", { phase: phaseOf(steps.at(-1)?.phase ?? "answer") });
  if (status === "waiting" && approvals.length > 0) return t("runs.waits", { count: approvals.length });
  const pause = steps.find(({ waitsUntil }) => waitsUntil);
  if (status === "waiting" && pause?.waitsUntil) {
    const time = dateTime(pause.waitsUntil);
    return pause.waitsFor ? t("runs.awaits", { name: pause.waitsFor, time }) : t("runs.sleeps", { time });
  }
  if (status === "queued") return t("runs.begins");
  return whyOf(reason) ?? statusOf(status);
}

function Does({ run, take }: { run: Run; take: (run: Run) => void }) {
  const { id, agentId, status } = run.summary;
  const [, navigate] = useLocation();
  // By one key one run: whoever presses twice, or comes again, is led to the same.
  const goOn = useAction(async () => {
    const { summary } = await call("POST /api/runs/{id}/rerun", { path: { id }, body: {}, headers: { "idempotency-key": `go-on-${id}` } });
    navigate(`/runs/${summary.id}`);
  });
  const cancel = useAction(async () => take(await call("POST /api/runs/{id}/cancel", { path: { id } })));
  if (!isOver({ status })) {
    return (
      <div className="actions">
        {cancel.problem() && <p className="form-error">{cancel.problem()}</p>}
        <Button size="small" busy={cancel.busy} data-testid="cancel-run" onClick={() => void cancel.run()}>
          {t("runs.cancel")}
        </Button>
      </div>
    );
  }
  return (
    <div className="actions">
      {goOn.problem() && <p className="form-error">{goOn.problem()}</p>}
      {status !== "completed" && (
        <Button size="small" busy={goOn.busy} data-testid="go-on" onClick={() => void goOn.run()}>
          {t("runs.goOn")}
        </Button>
      )}
      <Button
        size="small"
        onClick={() => {
          keepTask(agentId, run.input);
          navigate(`/agents/${agentId}`);
        }}
      >
        {t("runs.again")}
      </Button>
    </div>
  );
}
