/** One budget for a run and all that it has caused. */
import { expect, test } from "vitest";
import { familyBudget, type FamilyRow } from "./family-budget.ts";

/** Costs so many dollars. */
const row = (
  run: string,
  parent: string | null,
  {
    budget = null,
    ended = false,
    dollars = 0,
  }: { budget?: number | null; ended?: boolean; dollars?: number } = {},
): FamilyRow => ({
  run_id: run,
  parent_run_id: parent,
  budget_dollars: budget,
  ended,
  model: dollars === 0 ? null : "claude-sonnet-4-5",
  input_tokens: Math.round((dollars * 1_000_000) / 3),
  cached_input_tokens: 0,
  output_tokens: 0,
});

const ask = (rows: FamilyRow[]): { used: number; promised: number } | null => {
  const found = familyBudget(rows);
  return found === null
    ? null
    : { used: Math.round(found.used * 100) / 100, promised: Math.round(found.promised * 100) / 100 };
};

test("what all have spent counts, and what is promised to those that have not ended", () => {
  const rows = [
    row("a", null, { budget: 10, dollars: 1 }),
    row("b", "a", { budget: 4, dollars: 1 }),
    row("c", "a", { budget: 4, dollars: 1, ended: true }),
    row("d", "a", { dollars: 2 }),
  ];
  expect(familyBudget(rows)).toMatchObject({ holder: "a", limit: 10 });
  // 1 of its own, 4 promised of which 1 is spent, 1 of one that has given back its rest, 2 of one that draws on it.
  expect(ask(rows)).toEqual({ used: 8, promised: 3 });
});

test("who went over its own promise counts with what it has spent", () => {
  expect(ask([row("a", null, { budget: 10 }), row("b", "a", { budget: 1, dollars: 3 })])).toEqual({
    used: 3,
    promised: 0,
  });
});

test("what a child has promised to its own is a part of what was promised to it", () => {
  const rows = [
    row("a", null, { budget: 10 }),
    row("b", "a", { budget: 6, dollars: 1 }),
    row("c", "b", { budget: 3, dollars: 1 }),
  ];
  expect(ask(rows)).toEqual({ used: 6, promised: 4 });
  // Ended itself, but what it has begun goes on.
  expect(
    ask([
      ...rows.slice(0, 1),
      { ...row("b", "a", { budget: 6, dollars: 1, ended: true }) },
      row("c", "b", { budget: 3, dollars: 1 }),
    ]),
  ).toEqual({ used: 4, promised: 2 });
});

test("several models of one run add up; without a budget there is none", () => {
  const twice = [
    row("a", null, { budget: 5, dollars: 1 }),
    { ...row("a", null, { budget: 5, dollars: 1 }), model: "claude-haiku-4-5" },
  ];
  expect(ask(twice)).toEqual({ used: 1.33, promised: 0 });
  expect(familyBudget([])).toBeNull();
});
