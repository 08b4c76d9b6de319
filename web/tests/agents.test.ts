// What the pages of agents and runs decide by themselves: drafts, budgets, the timeline, and how a journal is followed.
import { beforeEach, describe, expect, it } from "vitest";
import { budgetOf, gaugesOf, workedMs, writtenOf } from "../src/agents/budget";
import { definitionOf, draftOf, EMPTY, same } from "../src/agents/draft";
import { readBatch, RunReader, type Source } from "../src/agents/reader";
import { TEMPLATE_IDS, templateOf } from "../src/agents/templates";
import { chaptersOf, durationMs, progressOf, spendingOf, stepOfApproval } from "../src/agents/timeline";
import { amount, duration } from "../src/agents/words";
import { ApiError } from "../src/api/problem";
import type { LedgerEntry, NumberedRunEvent, Run, RunEvent, RunStatus, RunStep } from "../src/api/schema";

const AT = "2026-11-22T10:00:00.000Z";
const at = (second: number): string => new Date(Date.parse(AT) + second * 1000).toISOString();
const step = (key: string, phase: string, more: Partial<RunStep> = {}): RunStep => ({ key, phase, kind: "model", status: "completed", attempts: 1, ...more });
const numbered = (...events: RunEvent[]): NumberedRunEvent[] => events.map((event, index) => ({ seq: index + 1, at: AT, event }));

function run(status: RunStatus, lastSeq: number, more: Partial<Run> = {}): Run {
  return {
    summary: { id: "r", agentId: "a", agentVersion: 1, agentName: "Scout", task: "t", status, lastSeq, createdAt: AT, updatedAt: at(60) },
    definition: { ...EMPTY, name: "Scout" },
    input: "t",
    approvals: [],
    steps: [],
    usage: { steps: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0, costMicroUsd: 0 },
    ...more,
  };
}

describe("a draft", () => {
  it("is what it was made of, whatever the order of the tools", () => {
    const definition = { ...EMPTY, name: "Scout", model: "m", tools: ["clock", "calculator"], budget: { steps: 3, costMicroUsd: 1_500_000 }, starters: ["Go"] };
    expect(definitionOf(draftOf(definition))).toEqual(definition);
    expect(same(draftOf(definition), draftOf({ ...definition, tools: ["calculator", "clock"] }))).toBe(true);
    expect(same(draftOf(definition), draftOf({ ...definition, name: "Other" }))).toBe(false);
  });

  it("leaves out what is empty, and refuses by the field what the server would refuse without one", () => {
    expect(definitionOf({ ...draftOf(EMPTY), name: " Scout ", starters: [" ", " Go "] })).toMatchObject({ name: "Scout", model: null, starters: ["Go"], budget: {} });
    expect(() => definitionOf({ ...draftOf(EMPTY), instructions: "é".repeat(16_385) })).toThrowError(expect.objectContaining({ fields: [expect.objectContaining({ pointer: "/instructions" })] }));
  });

  it("may be begun from a template, and from none that there is not", () => {
    expect(TEMPLATE_IDS.map((id) => templateOf(id)?.name)).toEqual(["Researcher", "Page reader", "Planner"]);
    expect([templateOf("nobody"), templateOf(null)]).toEqual([null, null]);
  });
});

describe("a budget", () => {
  it("is written and read the same, and refuses words by their field", () => {
    const budget = { steps: 1, toolCalls: 0, tokens: 10, seconds: 60, costMicroUsd: 250_000 };
    expect(budgetOf(writtenOf(budget))).toEqual(budget);
    expect(budgetOf(writtenOf({}))).toEqual({});
    for (const [part, text] of [["steps", "many"], ["tokens", "1.5"], ["costMicroUsd", "a lot"]] as const) {
      expect(() => budgetOf({ ...writtenOf({}), [part]: text })).toThrowError(expect.objectContaining({ fields: [expect.objectContaining({ pointer: `/budget/${part}` })] }));
    }
  });

  it("counts the time in which steps ran, once, and no waiting for people", () => {
    const steps = [step("a", "p", { startedAt: at(0), endedAt: at(10) }), step("b", "p", { startedAt: at(5), endedAt: at(12) }), step("c", "p"), step("d", "p", { startedAt: at(100) })];
    expect(workedMs(steps, Date.parse(at(103)))).toBe(15_000);
    expect(workedMs([], 0)).toBe(0);
  });

  it("says how far a run may go, also where its agent does not", () => {
    const gauges = gaugesOf(run("completed", 1, { usage: { steps: 2, toolCalls: 1, inputTokens: 3, outputTokens: 4, costMicroUsd: 5 }, definition: { ...EMPTY, budget: { steps: 4 } } }), 0);
    expect(gauges.map(({ part, used, most }) => [part, used, most])).toEqual([["steps", 2, 4], ["toolCalls", 1, 100], ["tokens", 7, 1_000_000], ["seconds", 0, 1_800], ["costMicroUsd", 5, null]]);
  });
});

describe("the timeline", () => {
  const research = { definition: { ...EMPTY, workflow: "research" as const } };

  it("has all phases, and says of each where it stands", () => {
    const states = (status: RunStatus) => chaptersOf(run(status, 1, { ...research, steps: [step("initialize-0", "initialize"), step("research-0", "research", { status: "failed" })] }), [], new Map()).map(({ state }) => state);
    expect(states("running")).toEqual(["done", "current", "todo", "todo", "todo"]);
    expect(states("failed")).toEqual(["done", "stopped", "todo", "todo", "todo"]);
    expect(states("completed")).toEqual(["done", "done", "done", "done", "done"]);
    const between = run("failed", 1, { ...research, steps: [step("initialize-0", "initialize")] });
    expect(chaptersOf(between, [], new Map()).map(({ state }) => state).slice(0, 3)).toEqual(["done", "stopped", "todo"]);
    expect(chaptersOf(run("queued", 1), [], new Map()).map(({ phase, state }) => [phase, state])).toEqual([["answer", "current"]]);
  });

  it("shows phases of which it has not heard", () => {
    const newer = run("running", 1, { ...research, steps: [step("dream-0", "dream")] });
    expect(chaptersOf(newer, [], new Map()).at(-1)).toMatchObject({ phase: "dream", state: "current" });
  });

  it("tells by how much a run has come where that can be known", () => {
    expect([progressOf(run("running", 1)), progressOf(run("completed", 1)), progressOf(run("running", 1, { ...research, steps: [step("research-0", "research")] }))]).toEqual([null, 1, 0.4]);
  });

  it("has of each step what went wrong, what was decided, and what it cost in all attempts", () => {
    const events = numbered(
      { type: "step.failed", key: "answer-0", attempt: 1, error: "oops", againAt: at(2) },
      { type: "step.lost", key: "call_1_0", attempt: 1, approval: "call_1_0~2" },
      { type: "approval.decided", toolCallId: "call_1_0~2", approved: false, reason: "No." },
    );
    const line = (id: string, cost: number): LedgerEntry => ({ id, kind: "run", at: AT, userId: "u", model: "m", inputTokens: 10, outputTokens: 1, costMicroUsd: cost, priced: true });
    const spending = spendingOf([line("r/answer-0/1", 3), line("r/answer-0/2", 4), line("other/answer-0/1", 99), line("turn", 99)], "r");
    const [chapter] = chaptersOf(run("running", 3, { steps: [step("answer-0", "answer"), step("call_1_0", "answer", { kind: "tool" })] }), events, spending);
    expect(chapter?.lines.map(({ notes, spent }) => [notes.map(({ kind }) => kind), spent?.costMicroUsd ?? null, spent?.inputTokens ?? null])).toEqual([
      [["failed"], 7, 20],
      [["lost", "decided"], null, null],
    ]);
    expect([stepOfApproval("call_1_0~2", events), stepOfApproval("call_2_0", events)]).toEqual(["call_1_0", "call_2_0"]);
  });

  it("measures steps that run, that ended, and that have not begun", () => {
    const now = Date.parse(at(30));
    expect([durationMs(step("a", "p"), now), durationMs(step("a", "p", { startedAt: at(10) }), now), durationMs(step("a", "p", { startedAt: at(10), endedAt: at(12) }), now)]).toEqual([null, 20_000, 2_000]);
    expect([duration(999), duration(1_500), duration(125_000)]).toEqual(["999ms", "1.5s", "2m 5s"]);
    expect([amount("seconds", 0), amount("seconds", 1_800), amount("tokens", 1_000), amount("costMicroUsd", 2_500_000)]).toEqual(["0s", "30m", "1,000", "$2.50"]);
  });
});

describe("a stream", () => {
  it("is read with its numbers and its wish, in any lines", () => {
    const [one, two] = numbered({ type: "step.started", key: "a", attempt: 1 }, { type: "step.late", key: "a", attempt: 1 });
    const text = `retry: 250\n\nid: 1\ndata: ${JSON.stringify(one)}\n\n: a comment\r\n\r\nid: 2\r\ndata:${JSON.stringify(two)}\r\n\r\n`;
    expect(readBatch(text)).toEqual({ retryMs: 250, events: [one, two] });
    expect(readBatch("")).toEqual({ retryMs: null, events: [] });
    expect(() => readBatch("data: {half")).toThrow();
  });
});

describe("a reader of a run", () => {
  const all = numbered(
    { type: "run.created", runId: "r", agentId: "a", agentVersion: 1, workflow: "loop", input: "t" },
    { type: "step.started", key: "answer-0", attempt: 1 },
    { type: "run.ended", status: "completed", reason: "done" },
  );
  let asked: number[];
  let shown: number;

  /** A server whose answers to the questions for events are these, one after the other. */
  function source(answers: readonly (readonly NumberedRunEvent[] | null | Error)[], runs: readonly Run[]): Source {
    asked = [];
    shown = 0;
    return {
      show: async () => runs[Math.min(shown++, runs.length - 1)] ?? run("queued", 0),
      events: async (after) => {
        const answer = answers[asked.push(after) - 1];
        if (answer instanceof Error) throw answer;
        if (answer === undefined) throw new ApiError("gone", 404);
        return answer && { events: answer, retryMs: 0 };
      },
    };
  }
  const follow = async (reader: RunReader) => {
    await reader.follow(new AbortController().signal);
    return reader.get();
  };
  const phases = (reader: RunReader): string[] => {
    const seen: string[] = [];
    reader.subscribe(() => {
      const { phase } = reader.get().connection;
      if (seen.at(-1) !== phase) seen.push(phase);
      // Nobody waits in a test.
      if (phase === "waiting") queueMicrotask(reader.retry);
    });
    return seen;
  };
  beforeEach(() => {
    asked = [];
    shown = 0;
  });

  it("asks from the last number on until nothing follows, and reads how the run stands when something happened", async () => {
    const reader = new RunReader(source([all.slice(0, 2), all.slice(2), null], [run("queued", 1), run("running", 2), run("completed", 3)]));
    const seen = phases(reader);
    const { events, run: now, connection } = await follow(reader);
    expect(asked).toEqual([0, 2, 3]);
    expect([events.length, now?.summary.status, connection.phase, shown]).toEqual([3, "completed", "over", 3]);
    expect(seen).toEqual(["connecting", "live", "over"]);
  });

  it("comes again after what passes, says so, and has nothing twice", async () => {
    const reader = new RunReader(source([all.slice(0, 2), new ApiError("down", 0), all.slice(1), null], [run("running", 2), run("completed", 3)]));
    const seen = phases(reader);
    const { events } = await follow(reader);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(seen).toEqual(["connecting", "live", "waiting", "connecting", "live", "over"]);
  });

  it("takes no batch that has a gap", async () => {
    const reader = new RunReader(source([all.slice(1), all, null], [run("completed", 3)]));
    phases(reader);
    expect((await follow(reader)).events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(asked).toEqual([0, 0, 3]);
  });

  it("ends with what no other attempt can mend, and when nobody looks", async () => {
    const error = new ApiError("Run not found", 404);
    expect((await follow(new RunReader(source([error], [run("running", 1)])))).error).toBe(error);
    const gone = new AbortController();
    gone.abort();
    const reader = new RunReader(source([null], [run("running", 1)]));
    await reader.follow(gone.signal);
    expect(asked).toEqual([]);
  });

  it("takes no answer for the newest that is older than what it has", () => {
    const reader = new RunReader(source([], []));
    reader.take(run("waiting", 5));
    reader.take(run("running", 4));
    expect(reader.get().run?.summary.status).toBe("waiting");
  });
});
