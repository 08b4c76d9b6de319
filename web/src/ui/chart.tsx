// A chart of bars in a few series, one above the other, with the same figures as a table for whoever would rather read.
import { useId, useState } from "react";
import { t } from "../i18n";
import { Button } from "./button";
import { Table } from "./table";
import { layOut } from "./chart-layout";

export interface Bar {
  /** Such as a day. */
  name: string;
  label: string;
  /** One value for each series. */
  values: readonly number[];
}

interface ChartProps {
  title: string;
  series: readonly string[];
  bars: readonly Bar[];
  /** How a value is written; one of the scale, whose `step` is told, as all of them. */
  show: (value: number, step?: number) => string;
}

const WIDTH = 720;
const HEIGHT = 220;

export function Chart({ title, series, bars, show }: ChartProps) {
  const [table, setTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const id = useId();
  const { rects, lines, step } = layOut(bars.map(({ values }) => values), WIDTH, HEIGHT);
  const bar = pointed === null ? null : bars[pointed];
  const every = Math.max(1, Math.ceil(bars.length / 8));

  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <span id={id}>{title}</span>
        <Button size="small" kind="quiet" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? t("common.chart") : t("common.table")}
        </Button>
      </figcaption>
      {table ? (
        <Table
          label={title}
          rows={bars}
          keyOf={(row) => row.name}
          columns={[
            { id: "name", label: "", cell: (row) => row.label },
            ...series.map((name, at) => ({ id: `${at}`, label: name, align: "end" as const, cell: (row: Bar) => show(row.values[at] ?? 0) })),
          ]}
        />
      ) : (
        <>
          <svg viewBox={`0 -8 ${WIDTH} ${HEIGHT + 30}`} role="img" aria-label={`${title}. ${bars.map((each) => `${each.label}: ${show(total(each))}`).join("; ")}`} onPointerLeave={() => setPointed(null)}>
            {lines.map(({ y, value }) => (
              <g key={value}>
                <line x1={0} x2={WIDTH} y1={y} y2={y} className="chart-line" />
                <text x={0} y={y - 4} className="chart-text">
                  {show(value, lines[1]?.value)}
                </text>
              </g>
            ))}
            {rects.map((rect) => (
              <rect key={`${rect.bar}.${rect.series}`} x={rect.x} y={rect.y} width={rect.width} height={rect.height} rx={2} data-series={rect.series % 6} data-dim={pointed !== null && pointed !== rect.bar} />
            ))}
            {bars.map((each, at) => (
              <g key={each.name}>
                {at % every === 0 && (
                  <text x={at === 0 ? 0 : (at + 0.5) * step} y={HEIGHT + 18} textAnchor={at === 0 ? "start" : "middle"} className="chart-text">
                    {each.label}
                  </text>
                )}
                <rect x={at * step} y={0} width={step} height={HEIGHT} fill="transparent" onPointerEnter={() => setPointed(at)} />
              </g>
            ))}
          </svg>
          <p className="chart-legend">
            {bar && <strong>{bar.label}</strong>}
            {series.map((name, at) => (
              <span key={name}>
                <i data-series={at % 6} />
                {name} {show(bar ? (bar.values[at] ?? 0) : bars.reduce((sum, each) => sum + (each.values[at] ?? 0), 0))}
              </span>
            ))}
          </p>
        </>
      )}
    </figure>
  );
}

const total = (bar: Bar): number => bar.values.reduce((sum, value) => sum + value, 0);
