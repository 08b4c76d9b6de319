// The goals of the project's performance document, as ratios within one run.

const over = (figure, a, b) => (figures) => figures[a]?.[figure]?.median / figures[b]?.[figure]?.median;

/** How far two figures are apart, whichever is larger. */
const apart = (a, b) => (figures) => {
  const [one, other] = [figures.edgewise?.[a]?.median, figures.edgewise?.[b]?.median];
  return Math.max(one, other) / Math.min(one, other);
};

/** `least`: the ratio must reach the goal; otherwise it must stay below it. */
export const goals = [
  { what: "CPU for each token, 50 × 50", of: "agents", goal: 1 / 10, ratio: over("cpuPerToken", "edgewise", "agents") },
  { what: "CPU for each token, 50 × 50", of: "JS object, 40 ms", goal: 1.2, ratio: over("cpuPerToken", "edgewise", "floor") },
  { what: "p99 token lag, 50 × 50", of: "agents", goal: 1 / 100, ratio: over("p99", "edgewise", "agents") },
  { what: "streams with p99 lag ≤ 50 ms", of: "agents", goal: 12, least: true, ratio: over("streams", "edgewise", "agents") },
  { what: "first token over direct", of: "agents", goal: 1 / 5, ratio: over("firstToken", "edgewise", "agents") },
  { what: "one unthrottled stream", of: "agents", goal: 30, least: true, ratio: over("burst", "edgewise", "agents") },
  { what: "history of 100, requests/s", of: "Hono + D1", goal: 4, least: true, ratio: over("history", "edgewise", "hono") },
  { what: "CPU of a decision over a bare hop", of: "JS object, 40 ms", goal: 2, ratio: over("hop", "edgewise", "floor") },
  { what: "refusal: no such address, or wrong password", of: "each other", goal: 1.05, ratio: apart("signInKnown", "signInUnknown") },
  { what: "memory of an idle conversation", of: "agents", goal: 1 / 3, ratio: over("memory", "edgewise", "agents") },
];

/** Every goal with what was measured. */
export const judge = (figures) =>
  goals.map(({ ratio, ...goal }) => {
    const value = ratio(figures);
    const reached = Number.isFinite(value) ? (goal.least ? value >= goal.goal : value <= goal.goal) : null;
    return { ...goal, value: Number.isFinite(value) ? value : null, reached };
  });
