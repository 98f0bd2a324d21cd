import { expect, test } from "vitest";
import { bytes, elapsed, relative, short } from "./time-words.ts";

const MINUTE = 60_000;

test("times are said from now", () => {
  expect(relative(0, 30_000)).toBe("now");
  expect(relative(0, 5 * MINUTE)).toBe("5 min ago");
  expect(relative(3 * 60 * MINUTE, 0)).toBe("in 3 h");
  expect(relative(0, 3 * 24 * 60 * MINUTE)).toBe("3 d ago");
  expect(relative(Date.UTC(2026, 0, 5), Date.UTC(2026, 5, 1))).toBe("5 Jan 2026");
});

test("durations and sizes are short", () => {
  expect([elapsed(8_400), elapsed(200_000), elapsed(7_500_000), elapsed(-5)]).toEqual([
    "8 s",
    "3 min 20 s",
    "2 h 05 min",
    "0 s",
  ]);
  expect([short(812), short(12_400), short(256_000), short(1_300_000)]).toEqual([
    "812",
    "12.4k",
    "256k",
    "1.3M",
  ]);
  expect([bytes(512 * 1024 ** 2), bytes(4 * 1024 ** 3), bytes(1.5 * 1024 ** 3)]).toEqual([
    "512 MB",
    "4 GB",
    "1.5 GB",
  ]);
});
