import { describe, expect, test } from "vitest";
import { firesBetween, instantOf, nextFires } from "./schedule-times.ts";

const next = (cron: string, zone: string, after: string, count = 3): string[] =>
  nextFires(cron, zone, new Date(after), count).map((at) => at.toISOString());

describe("where clocks are set forward, a time that does not exist fires once, at the first instant that does", () => {
  test.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2026-03-28T12:00:00Z",
      ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"],
    ],
    [
      "America/New_York",
      "30 2 * * *",
      "2026-03-07T12:00:00Z",
      ["2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z"],
    ],
    // By half an hour only.
    [
      "Australia/Lord_Howe",
      "15 2 * * *",
      "2026-10-03T12:00:00Z",
      ["2026-10-03T15:30:00.000Z", "2026-10-04T15:15:00.000Z"],
    ],
    // Two times that fall together are one instant.
    [
      "Europe/Berlin",
      "0 2,3 * * *",
      "2026-03-28T12:00:00Z",
      ["2026-03-29T01:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    ],
  ])("%s: %s", (zone, cron, after, fires) => {
    expect(next(cron, zone, after, 2)).toEqual(fires);
  });
});

describe("where clocks are set back, a time that exists twice fires once", () => {
  test.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"],
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2026-10-31T12:00:00Z",
      ["2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"],
    ],
    [
      "Australia/Lord_Howe",
      "45 1 * * *",
      "2026-04-04T00:00:00Z",
      ["2026-04-04T14:45:00.000Z", "2026-04-05T15:15:00.000Z"],
    ],
  ])("%s: %s", (zone, cron, after, fires) => {
    expect(next(cron, zone, after, 2)).toEqual(fires);
  });

  test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])(
    "%s: but what fires every half hour goes on doing so",
    (zone) => {
      const day = firesBetween(
        "*/30 * * * *",
        zone,
        new Date("2026-01-01T00:00:00Z"),
        new Date("2026-12-31T23:59:59Z"),
        100_000,
      );
      const pauses = new Set(day.slice(1).map((at, index) => at.getTime() - (day[index]?.getTime() ?? 0)));
      expect([...pauses]).toEqual([30 * 60_000]);
    },
  );
});

test("what was missed is found, the newest where there is much", () => {
  const missed = firesBetween(
    "0 * * * *",
    "UTC",
    new Date("2026-05-01T00:00:00Z"),
    new Date("2026-05-01T05:30:00Z"),
    3,
  );
  expect(missed.map((at) => at.toISOString())).toEqual([
    "2026-05-01T03:00:00.000Z",
    "2026-05-01T04:00:00.000Z",
    "2026-05-01T05:00:00.000Z",
  ]);
});

test("of a year of seconds the newest are found, from its end", () => {
  const end = new Date("2026-11-21T22:00:00Z");
  const missed = firesBetween("* * * * * *", "Europe/Berlin", new Date("2025-11-21T22:00:00Z"), end, 3);
  expect(missed.map((at) => end.getTime() - at.getTime())).toEqual([2_000, 1_000, 0]);
});

test("@daily and seconds are read", () => {
  expect(next("@daily", "Asia/Tokyo", "2026-05-01T00:00:00Z", 1)).toEqual(["2026-05-01T15:00:00.000Z"]);
  expect(next("*/20 * * * * *", "UTC", "2026-05-01T00:00:01Z", 2)).toEqual([
    "2026-05-01T00:00:20.000Z",
    "2026-05-01T00:00:40.000Z",
  ]);
});

test.each([
  ["61 * * * *", "UTC", /61/],
  ["every morning", "UTC", /cannot be read/],
  ["0 0 31 2 *", "UTC", /never fires/],
  ["0 2 * * *", "Mars/Olympus", /no time zone "Mars\/Olympus"/],
  ["0 2 * * *", "../etc/localtime", /no time zone/],
])("%s in %s is refused, with the reason", (cron, zone, why) => {
  expect(() => nextFires(cron, zone, new Date(), 1)).toThrow(why);
});

// Berlin puts its clocks on at 02:00 on 29 March 2026, and back at 03:00 on 25 October.
test.each([
  ["06:00", "Europe/Berlin", "2026-11-21T22:00:00Z", "2026-11-22T05:00:00.000Z"],
  ["06:00", "America/Los_Angeles", "2026-11-21T22:00:00Z", "2026-11-22T14:00:00.000Z"],
  ["06:00", "Asia/Kolkata", "2026-11-21T22:00:00Z", "2026-11-22T00:30:00.000Z"],
  ["06:00", "Europe/Berlin", "2026-11-22T05:00:00Z", "2026-11-23T05:00:00.000Z"],
  ["06:00", "Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T04:00:00.000Z"],
  ["02:30", "Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T01:00:00.000Z"],
  ["02:30", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00.000Z"],
  ["2026-11-22T06:00:00+01:00", "Asia/Tokyo", "2026-11-21T22:00:00Z", "2026-11-22T05:00:00.000Z"],
  ["2026-11-22T06:00Z", "Asia/Tokyo", "2026-11-21T22:00:00Z", "2026-11-22T06:00:00.000Z"],
])("%s in %s, said at %s, is %s", (text, zone, now, is) => {
  expect(instantOf(text, zone, new Date(now)).toISOString()).toBe(is);
});

test.each(["6", "24:00", "06:60", "2026-11-22T06:00:00", "2026-13-01T00:00Z", "tomorrow", ""])(
  "%j is no instant",
  (text) => {
    expect(() => instantOf(text, "Europe/Berlin", new Date())).toThrow(/is no instant/);
  },
);
