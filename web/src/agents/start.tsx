// Gives an agent a task. The same task that is sent twice, because an answer was lost, starts one run.
import { useRef } from "react";
import { useLocation } from "wouter";
import { refresh } from "../api/query";
import type { Agent } from "../api/schema";
import { call } from "../api/session";
import { t } from "../i18n";
import { Button, Panel, Textarea, useAction } from "../ui";
import { useKept } from "./draft";
import { taskKey, taskOf } from "./task";

export function StartRun({ agent: { id, definition } }: { agent: Agent }) {
  const [, navigate] = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const [task, keep] = useKept(taskKey(id), () => taskOf(""));
  const start = useAction(async () => {
    const { summary } = await call("POST /api/agents/{id}/runs", { path: { id }, body: { input: task.input }, headers: { "idempotency-key": task.key } });
    keep(taskOf(""), false);
    await refresh("GET /api/runs");
    navigate(`/runs/${summary.id}`);
  });
  return (
    <Panel title={t("runs.new")}>
      <form
        ref={form}
        className="form wide"
        data-testid="start-form"
        onSubmit={(event) => {
          event.preventDefault();
          void start.run();
        }}
      >
        <Textarea
          label={t("runs.task")}
          required
          autoFocus
          rows={4}
          dir="auto"
          hint={t("runs.taskHint")}
          value={task.input}
          error={start.field("input") ?? start.problem("input")}
          onChange={({ target }) => keep(taskOf(target.value), target.value !== "")}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
            event.preventDefault();
            form.current?.requestSubmit();
          }}
        />
        {definition.starters.length > 0 && (
          <div className="starters" role="group" aria-label={t("agents.starters")}>
            {definition.starters.map((starter) => (
              <Button
                key={starter}
                size="small"
                onClick={() => {
                  keep(taskOf(starter));
                  form.current?.querySelector("textarea")?.focus();
                }}
              >
                {starter}
              </Button>
            ))}
          </div>
        )}
        <div className="form-foot">
          <Button type="submit" kind="primary" busy={start.busy}>
            {t("runs.start")}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
