import { expect, test } from "vitest";
import { isBound, presentWorkstation } from "./present.ts";

const ROW = {
  id: "ws_1",
  name: "atlas",
  cpus: { toNumber: () => 2 },
  memoryBytes: 4n,
  pids: 10,
  createdAt: new Date(0),
};
const state = (wanted: string, seen?: string, connected = false): string =>
  presentWorkstation(
    { ...ROW, wanted },
    seen === undefined ? undefined : { state: seen, detail: "", startedAt: null },
    { connected, agents: ["claude", 7] },
  ).state;

test.each([
  ["running", undefined, false, "waiting"],
  ["running", "waiting", false, "waiting"],
  ["running", "creating", false, "creating"],
  ["running", "running", false, "starting"],
  ["running", "running", true, "ready"],
  ["running", "stopped", false, "starting"],
  ["running", "failed", false, "failed"],
  ["stopped", "running", true, "stopping"],
  ["stopped", "stopped", false, "stopped"],
  ["removed", "running", true, "removing"],
  ["removed", "removed", false, "removed"],
] as const)("wanted %s, seen %s, connected %s: %s", (wanted, seen, connected, expected) => {
  expect(state(wanted, seen, connected)).toBe(expected);
});

test("a resource is open to all workstations or to those that are named", () => {
  expect(isBound("*", "ws_1")).toBe(true);
  expect(isBound(["ws_2"], "ws_1")).toBe(false);
});
