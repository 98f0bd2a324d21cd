import type { Change } from "@nightgate/shared/changes";
import { expect, test } from "vitest";
import { createLive } from "./live.ts";

interface Wire {
  onChange: (change: Change) => void;
  onConnected: () => void;
}

function connected(): { live: ReturnType<typeof createLive>; wires: Wire[] } {
  const wires: Wire[] = [];
  return { live: createLive((wire) => wires.push(wire)), wires };
}

test("one connection serves all, and each hears its own organization alone (invariant 9)", () => {
  const { live, wires } = connected();
  const heard: string[] = [];
  live.follow("org_a", (what) => heard.push(`a ${what.kind}`));
  live.follow("org_b", (what) => heard.push(`b ${what.kind}`));
  expect(wires).toHaveLength(1);
  wires[0]?.onChange({ table: "jobs.runs", organization: "org_a", id: "run_1" });
  expect(heard).toEqual(["a change"]);
  wires[0]?.onChange({ table: "fleet.images", organization: null, id: "image" });
  expect(heard).toEqual(["a change", "a change", "b change"]);
});

test("after a lost connection everybody is told to look again, and who left hears nothing", () => {
  const { live, wires } = connected();
  const heard: string[] = [];
  const leave = live.follow("org_a", (what) => heard.push(what.kind));
  wires[0]?.onConnected();
  leave();
  wires[0]?.onConnected();
  expect(heard).toEqual(["missed"]);
});

test("the number of open pages has a limit (invariant 12)", () => {
  const { live } = connected();
  for (let count = 0; count < 500; count += 1) live.follow("org_a", () => undefined);
  expect(() => live.follow("org_a", () => undefined)).toThrow(/too many open pages/);
});
