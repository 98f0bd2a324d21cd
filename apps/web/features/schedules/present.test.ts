/** Expressions in words: the common ones, and no guess about the others. */
import { expect, test } from "vitest";
import { cronWords, hasSeconds, instantWords } from "./present.ts";

test.each([
  ["30 7 * * *", "every day at 07:30"],
  ["0 2 * * 1-5", "Monday to Friday at 02:00"],
  ["0 2 * * 7", "every Sunday at 02:00"],
  ["0 2 1 * *", "on day 1 of every month at 02:00"],
  ["5 * * * *", "every hour at :05"],
  ["*/15 * * * *", "every 15 minutes"],
  ["@daily", "every day at 00:00"],
  ["*/7 * * * *", null],
  ["0 2 1 * 1", null],
  ["0 0 2 * * *", null],
  ["0 2 * 6 *", null],
  ["nonsense", null],
])("%s is %s", (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

test("an instant is said in the schedule's own zone", () => {
  const at = new Date("2026-11-21T23:30:00Z");
  expect(instantWords(at, "Europe/Berlin")).toMatch(/^Sun,? 22 Nov 2026,? (?:at )?00:30$/u);
  expect(instantWords(at, "America/New_York")).toMatch(/^Sat,? 21 Nov 2026,? (?:at )?18:30$/u);
});

test("seconds are said where the expression has them, and nowhere else", () => {
  const at = new Date("2026-11-21T23:30:05Z");
  const words = (cron: string): string => instantWords(at, "Europe/Berlin", hasSeconds(cron));
  expect(words("5 30 0 * * *")).toMatch(/00:30:05$/u);
  expect(words("30 0 * * *")).toMatch(/00:30$/u);
  expect(words("@daily")).toMatch(/00:30$/u);
});
