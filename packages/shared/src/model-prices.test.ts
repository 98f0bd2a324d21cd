import { expect, test } from "vitest";
import { costOf, knownCost, priceOf, sayDollars } from "./model-prices.ts";

const million = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 1_000_000 };

test.each([
  ["claude-opus-4-20250514", 90],
  ["claude-opus-4-5", 30],
  ["anthropic/claude-sonnet-4-5-20250929", 18],
  ["claude-haiku-4-5", 6],
  ["gpt-5-codex", 11.25],
  ["gpt-5-mini", 2.25],
  ["gpt-4o-mini", 0.75],
])("%s", (model, dollars) => {
  expect(costOf({ model, ...million })).toBeCloseTo(dollars);
});

test("what was read from the cache costs less", () => {
  expect(
    costOf({ model: "gpt-5", inputTokens: 1_000_000, cachedInputTokens: 1_000_000, outputTokens: 0 }),
  ).toBeCloseTo(0.125);
});

test("a price that is not known is null and never nothing", () => {
  for (const model of ["llama3.3:70b", "qwen3-coder", "", "gpt-5-pro", "o3-pro"]) {
    expect(priceOf(model)).toBeNull();
    expect(costOf({ model, ...million })).toBeNull();
  }
  expect(
    knownCost([
      { model: "gpt-5", ...million },
      { model: "llama3", ...million },
    ]),
  ).toEqual({
    dollars: 11.25,
    unknown: ["llama3"],
  });
});

test("small sums are not said to be nothing", () => {
  expect([0, 0.0042, 0.25, 12].map(sayDollars)).toEqual(["$0.00", "$0.0042", "$0.25", "$12.00"]);
});
