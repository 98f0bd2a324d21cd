/** When it is morning. */
import { expect, test } from "vitest";
import { isMorning } from "./present.ts";

test.each([
  ["2026-11-21T07:30:00Z", "UTC", true],
  ["2026-11-21T03:59:00Z", "UTC", false],
  ["2026-11-21T12:00:00Z", "UTC", false],
  ["2026-11-21T12:00:00Z", "America/New_York", true],
  ["2026-11-21T23:30:00Z", "Asia/Tokyo", true],
])("%s in %s: morning is %s", (at, zone, morning) => {
  expect(isMorning(Date.parse(at), zone)).toBe(morning);
});
