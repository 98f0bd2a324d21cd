import { expect, test } from "vitest";
import { PUSH_LIMITS } from "./limits.ts";
import { createRings } from "./rings.ts";

function world(): { ring(message: number): boolean; pass(ms: number): void } {
  let at = 1_000_000;
  const rings = createRings({
    clock: { now: () => at, wait: async () => await Promise.reject(new Error("nobody waits")) },
  });
  return {
    ring: (message) => rings.mayRing("phone", "ws_1", BigInt(message)),
    pass: (ms) => void (at += ms),
  };
}

test("N3: a flood rings a few times, then ever more rarely, and is heard again after an hour of calm", () => {
  const { ring, pass } = world();
  let message = 0;
  const burst = (): number => Array.from({ length: 50 }, () => ring((message += 1))).filter(Boolean).length;
  expect(burst()).toBe(PUSH_LIMITS.ringsInARowMax);
  expect(burst()).toBe(0);
  pass(PUSH_LIMITS.pauseMsMin);
  expect(burst()).toBe(1);
  pass(PUSH_LIMITS.pauseMsMin);
  expect(burst()).toBe(0);
  pass(PUSH_LIMITS.pauseMsMin);
  expect(burst()).toBe(1);
  pass(PUSH_LIMITS.calmMs + 1);
  expect(burst()).toBe(PUSH_LIMITS.ringsInARowMax);
});

test("the same message gets the same answer however often it is tried", () => {
  const { ring } = world();
  expect(Array.from({ length: 20 }, () => ring(7))).not.toContain(false);
});

test("one workstation's flood does not silence another's", () => {
  const rings = createRings({
    clock: { now: () => 0, wait: async () => await Promise.reject(new Error("nobody waits")) },
  });
  for (let message = 1n; message < 50n; message += 1n) rings.mayRing("phone", "ws_1", message);
  expect(rings.mayRing("phone", "ws_2", 100n)).toBe(true);
  expect(rings.mayRing("phone", "ws_1", 101n)).toBe(false);
});
