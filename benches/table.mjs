// Prints what was measured: a column for each side, then each goal with its ratio.

const ROWS = [
  ["cpuPerToken", "CPU for each token, 50 × 50 (µs)"],
  ["p50", "token lag p50, 50 × 50 (ms)"],
  ["p99", "token lag p99, 50 × 50 (ms)"],
  ["throughput", "tokens that came in time, 50 × 50"],
  ["streams", "streams with p99 lag ≤ 50 ms"],
  ["firstToken", "first token over direct (ms)"],
  ["burst", "one unthrottled stream (tokens/s)"],
  ["history", "history of 100 (requests/s)"],
  ["historyCpu", "history of 100 (CPU µs)"],
  ["hop", "a hop to an object (CPU µs)"],
  ["signInKnown", "refused: wrong password (ms)"],
  ["signInUnknown", "refused: no such address (ms)"],
  ["memory", "idle conversation and socket (KB)"],
];

const short = (value) => {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(value).toLocaleString("en").replace(/,/g, " ");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

const cell = (figure) => {
  if (!figure) return "–";
  const spread = figure.rounds > 1 ? ` (${short(figure.min)}…${short(figure.max)})` : "";
  return `${figure.atLimit ? "≥ " : ""}${short(figure.median)}${spread}`;
};

const factor = (value) => (value === null ? "–" : value < 0.95 ? `1/${short(1 / value)}` : `${short(value)} ×`);

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[column]))).join("  "));
}

export function printFigures(sides, figures) {
  console.log();
  print([
    ["median (min…max)", ...sides.map(({ title }) => title)],
    ...ROWS.filter(([key]) => sides.some(({ name }) => figures[name][key])).map(([key, title]) => [title, ...sides.map(({ name }) => cell(figures[name][key]))]),
  ]);
}

export function printGoals(judged) {
  const words = { true: "reached", false: "NOT reached", null: "not measured" };
  console.log();
  print([
    ["Edgewise, as a ratio of", "", "goal", "measured", ""],
    ...judged.map(({ what, of, goal, least, value, reached }) => [what, of, `${least ? "≥" : "≤"} ${factor(goal)}`, factor(value), words[reached]]),
  ]);
}
