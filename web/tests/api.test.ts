// The client of the HTTP API: its types are those of the document, its errors tell what a person needs.
import { describe, expect, it, vi } from "vitest";
import { apiTypes } from "../../scripts/api-types.mjs";
import document from "../public/openapi.json?raw";
import { addressOf, open } from "../src/api/client";
import { ApiError, retryAfterMs } from "../src/api/problem";
import written from "../src/api/schema.ts?raw";

describe("the types", () => {
  it("are those of the OpenAPI document (else run `npm run gen`)", () => {
    expect(written).toBe(apiTypes(JSON.parse(document)));
  });

  it("tell null, lists, maps and choices apart", () => {
    const text = apiTypes({
      components: {
        schemas: {
          Thing: {
            type: "object",
            required: ["a"],
            properties: {
              a: { type: ["string", "null"] },
              "b-c": { type: "array", items: { enum: ["x", "y"] } },
              d: { type: "object", additionalProperties: { $ref: "#/components/schemas/Thing" } },
            },
          },
        },
      },
      paths: {},
    });
    expect(text).toContain("a: string | null;");
    expect(text).toContain('"b-c"?: ("x" | "y")[];');
    expect(text).toContain("d?: Record<string, Thing>;");
  });
});

describe("addressOf", () => {
  it("fills in the path and leaves out what is not given", () => {
    expect(addressOf("GET /api/x/{id}", { id: "a/b" }, { limit: 2, q: undefined, by: "" })).toBe("/api/x/a%2Fb?limit=2");
    expect(addressOf("GET /api/x")).toBe("/api/x");
  });
});

describe("retryAfterMs", () => {
  it("reads seconds and dates, and bounds both", () => {
    expect(retryAfterMs("5", 0)).toBe(5000);
    expect(retryAfterMs(new Date(60_000).toUTCString(), 30_000)).toBe(30_000);
    expect(retryAfterMs("999999999", 0)).toBe(3_600_000);
    expect(retryAfterMs("soon", 0)).toBeNull();
    expect(retryAfterMs(null, 0)).toBeNull();
  });
});

describe("open", () => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status, headers })));

  it("tells the field, the request and when to come again", async () => {
    answer(422, JSON.stringify({ detail: "is too short", title: "Invalid request", requestId: "r1", errors: [{ pointer: "/password", detail: "is too short" }] }), { "retry-after": "2" });
    const error = await open("POST /api/auth/signup", { body: { email: "a@b.c", password: "x" } }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    const problem = error as ApiError;
    expect([problem.message, problem.status, problem.requestId, problem.retryAfterMs, problem.field("password"), problem.field("email")]).toEqual([
      "Is too short",
      422,
      "r1",
      2000,
      "is too short",
      null,
    ]);
  });

  it("survives answers that are no JSON", async () => {
    answer(502, "<html>");
    await expect(open("GET /api/auth/session")).rejects.toMatchObject({ status: 502, message: "The server answered 502." });
    answer(200, "<html>");
    await expect(open("GET /api/auth/session")).rejects.toMatchObject({ status: 502 });
  });

  it("calls an unreachable server one", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(open("GET /api/auth/session")).rejects.toMatchObject({ status: 0, passing: true });
  });
});
