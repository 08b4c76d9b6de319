// Medians and percentiles.

/** The value that a share `q` of `values` does not exceed. */
export function quantile(values, q) {
  if (!values.length) return NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}

export const median = (values) => {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return NaN;
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** What is kept of one figure that was measured several times. */
export const summary = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values), rounds: values.length });
