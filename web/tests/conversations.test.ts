// How the list of conversations is grouped.
import { describe, expect, it, vi } from "vitest";

vi.stubGlobal("BroadcastChannel", undefined);
const { groupOf } = await import("../src/chat/conversations");

describe("groupOf", () => {
  const now = new Date(2026, 10, 21, 0, 30);
  const ago = (days: number, hours = 0) => new Date(2026, 10, 21 - days, 12 - hours).toISOString();

  it("counts days of the calendar, not hours", () => {
    expect(groupOf(new Date(2026, 10, 21, 0, 10).toISOString(), now)).toBe("Today");
    expect(groupOf(new Date(2026, 10, 20, 23, 50).toISOString(), now)).toBe("Yesterday");
    expect(groupOf(ago(2), now)).toBe("Previous 7 days");
    expect(groupOf(ago(7), now)).toBe("Previous 7 days");
    expect(groupOf(ago(8), now)).toBe("Previous 30 days");
    expect(groupOf(new Date(2026, 7, 1).toISOString(), now)).toMatch(/2026/);
  });

  it("takes a clock that is ahead for today", () => {
    expect(groupOf(ago(-3), now)).toBe("Today");
    expect(groupOf("not a date", now)).toBe("Today");
  });
});
