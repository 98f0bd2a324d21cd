import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, parseExpression } from "./expressions.ts";
import type { NeedResult } from "./fire.ts";
import { findCycle, layers } from "./graph.ts";
import { startOf } from "./job-start.ts";
import { parseChain } from "./parse-chain.ts";

const FIRE = { at: new Date("2026-05-03T09:00:00Z"), timeZone: "UTC", reason: "schedule" } as const;

const start = (condition: string | null, results: Record<string, NeedResult>): string => {
  const names = Object.keys(results);
  const parsed = parseChain(
    `name: night\njobs:\n${names.map((name) => `  ${name}: { run: x.sh }\n`).join("")}  last:\n    run: x.sh\n    needs: [${names.join(", ")}]\n${condition === null ? "" : `    if: ${JSON.stringify(condition)}\n`}`,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const job = parsed.chain.jobs.at(-1);
  if (job === undefined) throw new Error("no job");
  return startOf(job, FIRE, new Map(Object.entries(results)));
};

describe("a job whose needs have ended", () => {
  test.each([
    ["begins when all went well", null, { a: "succeeded", b: "succeeded" }, "begin"],
    ["is not begun when one failed", null, { a: "succeeded", b: "failed" }, "upstream_failed"],
    ["is skipped when one was skipped", null, { a: "succeeded", b: "skipped" }, "skipped"],
    ["fails rather than skips", null, { a: "skipped", b: "failed" }, "upstream_failed"],
    ["begins with always(), whatever became of them", "always()", { a: "skipped", b: "failed" }, "begin"],
    ["begins with failure() when one failed", "${{ failure() }}", { a: "succeeded", b: "failed" }, "begin"],
    ["is skipped with failure() when none did", "failure()", { a: "succeeded", b: "succeeded" }, "skipped"],
    [
      "sees how each ended",
      "always() && needs.a.result == 'failed'",
      { a: "failed", b: "succeeded" },
      "begin",
    ],
    [
      "is skipped by an `if` that is not true",
      "fire.weekday == 'mon'",
      { a: "succeeded", b: "succeeded" },
      "skipped",
    ],
    [
      "is not begun by a true `if` when one failed",
      "fire.weekday == 'sun'",
      { a: "succeeded", b: "failed" },
      "upstream_failed",
    ],
  ] as const)("%s", (_, condition, results, expected) => {
    expect(start(condition, results)).toBe(expected);
  });
});

test("expressions bind as one expects", () => {
  const value = (text: string): unknown =>
    evaluate(parseExpression(text), {
      lookUp: (path) => (path === "fire.weekday" ? "sun" : undefined),
      status: () => true,
    });
  expect(value("fire.weekday == 'sun' && 'synthesise' || 'prune'")).toBe("synthesise");
  expect(value("!(1 < 2) || 3 >= 3")).toBe(true);
  expect(value("'it''s'")).toBe("it's");
  expect(value("1 == '1'")).toBe(false);
  expect(value("'b' > 'a' && 2 > 10")).toBe(false);
  expect(() => parseExpression("(".repeat(10_000))).toThrow(/nested|early/u);
  expect(() => parseExpression("process.exit()")).toThrow(/there is no function process.exit/u);
});

const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((edges) => {
    const needs = new Map<string, string[]>(Array.from({ length: size }, (_, index) => [`j${index}`, []]));
    for (const [from, to] of edges) needs.get(`j${from}`)?.push(`j${to}`);
    return needs;
  }),
);

/** Whether it is one: each needs the next, and the last is the first. */
const isCycle = (cycle: readonly string[], needs: ReadonlyMap<string, readonly string[]>): boolean =>
  cycle.length > 1 &&
  cycle[0] === cycle.at(-1) &&
  cycle.slice(0, -1).every((job, index) => needs.get(job)?.includes(cycle[index + 1] ?? "") === true);

/** Whether every job is there once, behind all that it needs. */
const inOrder = (order: readonly string[][], needs: ReadonlyMap<string, readonly string[]>): boolean => {
  const layerOf = new Map(order.flatMap((layer, index) => layer.map((job) => [job, index] as const)));
  return (
    order.flat().length === needs.size &&
    [...needs].every(([job, needed]) =>
      needed.every((each) => (layerOf.get(each) ?? Infinity) < (layerOf.get(job) ?? -1)),
    )
  );
};

test("a graph with a circle names one; one without falls into layers, each after all that it needs", () => {
  fc.assert(
    fc.property(graph, (needs) => {
      const cycle = findCycle(needs);
      expect(cycle === null ? inOrder(layers(needs), needs) : isCycle(cycle, needs)).toBe(true);
    }),
  );
});
