// What the page takes from calls of tools, and how it names files.
import { describe, expect, it } from "vitest";
import { artifactOfCall, fileNameOf } from "../src/artifacts/data";

describe("artifacts", () => {
  it("are known from the calls that wrote them, and from no other", () => {
    expect(artifactOfCall("artifact_create", { artifactId: "a", version: 1 })).toBe("a");
    expect([artifactOfCall("clock", { artifactId: "a" }), artifactOfCall("artifact_update", "failed"), artifactOfCall("artifact_update", { artifactId: 7 }), artifactOfCall("artifact_create", null)]).toEqual([null, null, null, null]);
  });

  it("are saved under names that file systems take", () => {
    expect(fileNameOf({ title: "../a\u0000b: <c>?", kind: "html" })).toBe("a b c.html");
    expect(fileNameOf({ title: "...", kind: "markdown" })).toBe("artifact.md");
    expect(fileNameOf({ title: "x".repeat(200), kind: "code" }, "rs")).toBe(`${"x".repeat(80)}.rs`);
  });
});
