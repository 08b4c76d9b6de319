// What the screens beside the chat decide by themselves: days, amounts, devices, and where a sign-in leads.
import { describe, expect, it } from "vitest";
import { initials } from "../src/account/account-menu";
import { pathOf } from "../src/account/pages";
import { amountOf, microUsd, usd } from "../src/admin/amount";
import { deviceName } from "../src/settings/device";
import { eachDay, firstDay, totals } from "../src/usage/days";

describe("pathOf", () => {
  it("stays here, whatever the address says", () => {
    expect(pathOf("/settings/keys?x=1")).toBe("/settings/keys?x=1");
    for (const elsewhere of [null, "", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\n/evil.example", "/a\\b"]) expect(pathOf(elsewhere)).toBe("/");
  });
});

describe("amounts", () => {
  it("are read as people type them, to the millionth", () => {
    expect(["12.50", "0,000001", " 3 ", "999999999"].map(microUsd)).toEqual([12_500_000, 1, 3_000_000, 999_999_999_000_000]);
    expect(microUsd("")).toBeNull();
    for (const none of ["-1", "1.2.3", "1e5", "a lot", "0.0000001", "9999999999"]) expect(microUsd(none)).toBeUndefined();
  });

  it("are written as they were typed, and refused by their field", () => {
    expect([usd(12_500_000), usd(0), usd(null), usd(undefined)]).toEqual(["12.5", "0", "", ""]);
    expect(() => amountOf("dayMicroUsd", "a lot")).toThrowError(expect.objectContaining({ status: 422, fields: [expect.objectContaining({ pointer: "/dayMicroUsd" })] }));
  });
});

describe("days", () => {
  const now = Date.UTC(2026, 2, 1, 0, 30);
  const group = (name: string, costMicroUsd: number) => ({ name, costMicroUsd, entries: 1, inputTokens: 2, outputTokens: 3, unpriced: 0 });

  it("are all of UTC's, also those with nothing", () => {
    expect(firstDay(now, 3)).toBe("2026-02-27");
    expect(eachDay([group("2026-02-28", 5)], now, 3).map(({ day, group: found }) => [day, found?.costMicroUsd])).toEqual([
      ["2026-02-27", undefined],
      ["2026-02-28", 5],
      ["2026-03-01", undefined],
    ]);
  });

  it("are added up", () => {
    expect(totals([group("a", 5), group("b", 7)])).toEqual({ costMicroUsd: 12, entries: 2, inputTokens: 4, outputTokens: 6 });
    expect(totals([]).entries).toBe(0);
  });
});

describe("deviceName", () => {
  it("is what people call it", () => {
    expect(deviceName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")).toBe("Edge · Windows");
    expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1")).toBe("Safari · iOS");
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox · Linux");
    expect(deviceName("curl/8.5.0")).toBe("curl");
    expect(deviceName("")).toBe("?");
  });
});

describe("initials", () => {
  it("are of the first two words, in any script", () => {
    expect(["Ann Archer", "ann@example.org", "李 明", "x", ""].map(initials)).toEqual(["AA", "AE", "李明", "X", ""]);
  });
});
