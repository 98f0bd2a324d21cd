// Node's own collector is stood in for: what is tried is when it is asked, not what it does.
import { afterEach, expect, test, vi } from "vitest";
import { passed } from "./spent-buffers.ts";

afterEach(() => vi.unstubAllGlobals());

test("the young generation is collected once for every two megabytes that have passed, however they were cut", () => {
  const gc = vi.fn();
  vi.stubGlobal("gc", gc);
  const MIB = 1024 * 1024;
  for (let bytes = 0; bytes < 6 * MIB; bytes += 64 * 1024) passed({ length: 64 * 1024 });
  expect(gc).toHaveBeenCalledTimes(3);
  passed({ length: 9 * MIB });
  expect(gc).toHaveBeenCalledTimes(4);
});

test("everything is collected once in sixteen times, for what has grown old while it passed", () => {
  const gc = vi.fn<(options: { type: string }) => void>();
  vi.stubGlobal("gc", gc);
  for (let time = 0; time < 32; time += 1) passed({ length: 2 * 1024 * 1024 });
  const asked = gc.mock.calls.map(([{ type }]) => type);
  expect(asked.filter((type) => type === "major")).toHaveLength(2);
  expect(asked).toHaveLength(32);
});

test("where node was started without --expose-gc nothing is asked", () => {
  vi.stubGlobal("gc", undefined);
  expect(() => passed({ length: 5 * 1024 * 1024 })).not.toThrow();
});
