// Node's own collector is stood in for: what is tried is when it is asked, not what it does.
import { afterEach, expect, test, vi } from "vitest";
import { passed } from "./spent-buffers.ts";

afterEach(() => vi.unstubAllGlobals());

test("the young generation is collected once for every four megabytes that have passed, however they were cut", () => {
  const gc = vi.fn();
  vi.stubGlobal("gc", gc);
  const MIB = 1024 * 1024;
  for (let bytes = 0; bytes < 12 * MIB; bytes += 64 * 1024) passed({ length: 64 * 1024 });
  expect(gc).toHaveBeenCalledTimes(3);
  passed({ length: 9 * MIB });
  expect(gc.mock.calls).toEqual(Array.from({ length: 4 }, () => [{ type: "minor" }]));
});

test("where node was started without --expose-gc nothing is asked", () => {
  vi.stubGlobal("gc", undefined);
  expect(() => passed({ length: 5 * 1024 * 1024 })).not.toThrow();
});
