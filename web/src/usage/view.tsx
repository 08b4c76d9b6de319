// The ledger as charts and a table: of one's own messages, or for administrators of everybody's.
import { useState } from "react";
import { addressOf, request } from "../api/client";
import { useCall } from "../api/query";
import type { UsageGroup } from "../api/schema";
import { dayOfYear, money, number, t } from "../i18n";
import { download } from "../settings/download";
import { Button, Chart, Empty, Load, Panel, Select, Table, useAction } from "../ui";
import { eachDay, firstDay, totals } from "./days";

type Ledger = "GET /api/usage" | "GET /api/admin/usage";

const RANGES = [7, 30, 90];
const MOST_PAGES = 100;

export function UsageView({ name }: { name: Ledger }) {
  const [days, setDays] = useState(30);
  const now = Date.now();
  const from = firstDay(now, days);
  const byDay = useCall(name, { query: { by: "day", from, limit: 100 } });
  const byModel = useCall(name, { query: { by: "model", from, limit: 100 } });
  const save = useAction(async () => download("usage.csv", "text/csv", await wholeTable(name, from)));
  return (
    <Panel
      title={t("usage.title")}
      text={t("usage.text")}
      action={
        <Select
          label={t("usage.range")}
          quiet
          value={days}
          choices={RANGES.map((count) => ({ value: String(count), label: t("usage.days", { count }) }))}
          onChange={({ target }) => setDays(Number(target.value))}
        />
      }
    >
      <Load from={byDay} rows={4}>
        {({ groups }) => (groups.length === 0 ? <Empty title={t("usage.none")} text={t("usage.noneText")} /> : <Charts groups={groups} days={days} now={now} />)}
      </Load>
      {(byModel.data?.groups.length ?? 0) > 0 && (
        <Table
          label={t("usage.byModel")}
          testId="usage-models"
          rows={byModel.data?.groups ?? []}
          keyOf={(group) => group.name}
          columns={[
            { id: "model", label: t("usage.model"), cell: (group) => group.name },
            { id: "answers", label: t("usage.answers"), align: "end", cell: (group) => number(group.entries) },
            { id: "input", label: t("usage.input"), align: "end", cell: (group) => number(group.inputTokens) },
            { id: "output", label: t("usage.output"), align: "end", cell: (group) => number(group.outputTokens) },
            { id: "cost", label: t("usage.cost"), align: "end", cell: (group) => money(group.costMicroUsd) },
          ]}
        />
      )}
      <div className="actions">
        <Button size="small" busy={save.busy} onClick={() => void save.run()}>
          {t("usage.csv")}
        </Button>
      </div>
      {save.problem() && (
        <p className="form-error" role="alert">
          {save.problem()}
        </p>
      )}
    </Panel>
  );
}

function Charts({ groups, days, now }: { groups: readonly UsageGroup[]; days: number; now: number }) {
  const all = eachDay(groups, now, days);
  const sum = totals(groups);
  const short = (day: string) => dayOfYear(`${day}T12:00:00Z`);
  const bars = (values: (group: UsageGroup | undefined) => number[]) => all.map(({ day, group }) => ({ name: day, label: short(day), values: values(group) }));
  return (
    <>
      <div className="tiles" data-testid="usage-totals">
        {(
          [
            ["usage.cost", money(sum.costMicroUsd)],
            ["usage.answers", number(sum.entries)],
            ["usage.input", number(sum.inputTokens)],
            ["usage.output", number(sum.outputTokens)],
          ] as const
        ).map(([label, value]) => (
          <div key={label} className="tile">
            <span>{t(label)}</span>
            <strong>{value}</strong>
          </div>
        ))}
      </div>
      {sum.costMicroUsd > 0 && <Chart title={t("usage.byDay")} series={[t("usage.cost")]} show={money} bars={bars((group) => [group?.costMicroUsd ?? 0])} />}
      <Chart
        title={t("usage.tokensByDay")}
        series={[t("usage.input"), t("usage.output")]}
        show={(value) => number(value, { notation: "compact" })}
        bars={bars((group) => [group?.inputTokens ?? 0, group?.outputTokens ?? 0])}
      />
    </>
  );
}

/** All pages of the lines, one after the other under one head. */
async function wholeTable(name: Ledger, from: string): Promise<string> {
  let text = "";
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const response: Response = await request("GET", addressOf(name, {}, { from, limit: 1000, cursor }), { headers: { accept: "text/csv" } });
    const table = await response.text();
    text += page === 0 ? table : table.slice(table.indexOf("\n") + 1);
    cursor = response.headers.get("x-next-cursor");
    if (!cursor) break;
  }
  return text;
}
