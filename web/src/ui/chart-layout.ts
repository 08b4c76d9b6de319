// Where the bars of a chart stand, and at which round values its lines are drawn.

export interface Rect {
  bar: number;
  series: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The round step that cuts `max` into three to six. */
export function roundStep(max: number): number {
  if (!(max > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(max / 3));
  return ([1, 2, 5, 10].find((each) => max / (each * power) <= 5) ?? 10) * power;
}

/** Bars of stacked values in a field of `width` by `height`; the highest reaches the top line. */
export function layOut(bars: readonly (readonly number[])[], width: number, height: number) {
  const highest = Math.max(0, ...bars.map((values) => values.reduce((sum, value) => sum + Math.max(value, 0), 0)));
  const size = roundStep(highest);
  const top = Math.max(Math.ceil(highest / size - 1e-9), 1) * size;
  const step = width / Math.max(bars.length, 1);
  const thick = Math.min(step * 0.72, 48);
  const rects: Rect[] = [];
  bars.forEach((values, bar) => {
    let below = 0;
    values.forEach((value, series) => {
      if (!(value > 0)) return;
      const tall = (value / top) * height;
      below += tall;
      rects.push({ bar, series, x: bar * step + (step - thick) / 2, y: height - below, width: thick, height: tall });
    });
  });
  const lines = Array.from({ length: Math.round(top / size) + 1 }, (_, at) => ({ value: at * size, y: height - ((at * size) / top) * height }));
  return { rects, lines, step };
}
