// Where the bars of a chart stand.
import { describe, expect, it } from "vitest";
import { layOut, roundStep } from "../src/ui/chart-layout";

describe("a chart", () => {
  it("cuts its height into round steps", () => {
    expect([7, 12, 100, 0.004, 0].map(roundStep)).toEqual([2, 5, 20, 0.001, 1]);
  });

  it("stacks the series of a bar and keeps all in the field", () => {
    const { rects, lines } = layOut([[1, 2], [0, 4], []], 300, 100);
    expect(rects.map(({ bar, series }) => [bar, series])).toEqual([[0, 0], [0, 1], [1, 1]]);
    const [low, high, tall] = rects;
    expect((high?.y ?? 0) + (high?.height ?? 0)).toBeCloseTo(low?.y ?? -1);
    expect(tall?.y).toBeCloseTo(0);
    for (const { x, width, y, height } of rects) expect(x >= 0 && x + width <= 300 && y >= -1e-9 && y + height <= 100 + 1e-9).toBe(true);
    expect(lines.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4]);
  });

  it("is empty without values", () => {
    expect(layOut([], 300, 100).rects).toEqual([]);
    expect(layOut([[0]], 300, 100).lines.length).toBe(2);
  });
});
