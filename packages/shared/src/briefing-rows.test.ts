/** What a night's rows say, and what they must not seem to say. */
import { expect, test } from "vitest";
import { nightRun, type NightRunRow } from "./briefing-rows.ts";

const row: NightRunRow = {
  id: "run_1",
  job_id: "job_1",
  title: "Migrate",
  workstation: "atlas",
  agent: "claude",
  state: "succeeded",
  result: "Done.",
  error: "",
  started_at: null,
  ended_at: null,
  tests: null,
};

test("the size of a push is read from the gate's own card, and nothing else", () => {
  const card = (value: string): unknown => ({
    title: "x",
    verb: "Push",
    target: "x",
    facts: [{ label: "Push", value }],
    flags: [],
    undrawn: [],
  });
  const diffOf = (...pushes: unknown[]): unknown => nightRun(row, [], pushes).diff;
  const one = { files: 1, additions: 3, deletions: 0 };
  expect(diffOf(card("main: 1a → 2b; 1 commit; 1 file, +3 −0"))).toEqual(one);
  expect(diffOf(card("main: 1a → 2b; 1 commit; 1 file, +3 −0"), card("a new branch"))).toEqual(one);
  expect(diffOf(null)).toBeNull();
  expect(diffOf()).toBeNull();
});

test("a call whose price is not known makes the whole cost unknown, and one without tokens costs nothing", () => {
  const call = { model: "nobody-has-heard-of-it", inputTokens: 10, cachedInputTokens: 0, outputTokens: 1 };
  expect(nightRun(row, [call], []).cost).toBeNull();
  expect(nightRun(row, [{ ...call, inputTokens: 0, outputTokens: 0 }], []).cost).toBe(0);
});

test("tests are what the agent has said of them; what is no count is nothing, and never a guess", () => {
  const testsOf = (tests: unknown): unknown => nightRun({ ...row, tests }, [], []).tests;
  expect(testsOf({ passed: 3, failed: 1, skipped: 0 })).toEqual({ passed: 3, failed: 1, skipped: 0 });
  for (const odd of [null, {}, { passed: -1, failed: 0 }, "3 passed"]) expect(testsOf(odd)).toBeNull();
});
