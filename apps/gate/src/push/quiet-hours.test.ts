import { expect, test } from "vitest";
import { isQuiet } from "./quiet-hours.ts";

const berlin = { from: 23 * 60, until: 7 * 60, timeZone: "Europe/Berlin" };
const at = (utc: string): number => Date.parse(`${utc}Z`);

test("run over midnight, in the person's own time zone, in summer as in winter", () => {
  expect(isQuiet(berlin, at("2026-01-10T21:59"))).toBe(false);
  expect(isQuiet(berlin, at("2026-01-10T22:00"))).toBe(true);
  expect(isQuiet(berlin, at("2026-01-11T05:59"))).toBe(true);
  expect(isQuiet(berlin, at("2026-01-11T06:00"))).toBe(false);
  // Summer time: an hour earlier in UTC.
  expect(isQuiet(berlin, at("2026-07-10T21:00"))).toBe(true);
  expect(isQuiet(berlin, at("2026-07-11T05:00"))).toBe(false);
});

test("within one day, and never where they begin when they end", () => {
  const noon = { from: 12 * 60, until: 13 * 60, timeZone: "UTC" };
  expect(isQuiet(noon, at("2026-01-10T12:30"))).toBe(true);
  expect(isQuiet(noon, at("2026-01-10T13:00"))).toBe(false);
  expect(isQuiet({ ...noon, until: noon.from }, at("2026-01-10T12:30"))).toBe(false);
});
