/** When it is morning, and how big a push was. */
import { expect, test } from "vitest";
import { diffOf, isMorning } from "./present.ts";

test.each([
  ["2026-11-21T07:30:00Z", "UTC", true],
  ["2026-11-21T03:59:00Z", "UTC", false],
  ["2026-11-21T12:00:00Z", "UTC", false],
  ["2026-11-21T12:00:00Z", "America/New_York", true],
  ["2026-11-21T23:30:00Z", "Asia/Tokyo", true],
])("%s in %s: morning is %s", (at, zone, morning) => {
  expect(isMorning(Date.parse(at), zone)).toBe(morning);
});

test("the size of a push is read from the gate's own card, and nothing else", () => {
  const card = (value: string): unknown => ({
    title: "x",
    verb: "Push",
    target: "x",
    facts: [{ label: "Push", value }],
    flags: [],
    undrawn: [],
  });
  expect(diffOf(card("main: 1a → 2b; 1 commit; 1 file, +3 −0"))).toEqual({
    files: 1,
    additions: 3,
    deletions: 0,
  });
  expect(diffOf(card("a new branch"))).toBeNull();
  expect(diffOf(null)).toBeNull();
});
