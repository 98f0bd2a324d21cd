import { expect, test } from "vitest";
import { createBell } from "./wake.ts";

const never = new AbortController().signal;

test("a ring before the wait is not lost, and rings once", async () => {
  const bell = createBell();
  bell.ring();
  expect(await bell.wait(1_000, never)).toBe(true);
  expect(await bell.wait(1, never)).toBe(false);
});

test("a ring wakes whoever waits", async () => {
  const bell = createBell();
  const waiting = bell.wait(5_000, never);
  bell.ring();
  expect(await waiting).toBe(true);
});

test("an abort ends the wait", async () => {
  const leaving = new AbortController();
  const waiting = createBell().wait(60_000, leaving.signal);
  leaving.abort();
  expect(await waiting).toBe(false);
});
