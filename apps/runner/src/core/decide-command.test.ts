/** What becomes of a command: as it ended, and never twice. */
import { expect, test } from "vitest";
import { ended, failed, hold, NOW, snapshot } from "../testing/snapshots.ts";
import { decideCommand } from "./decide-command.ts";
import type { RunSnapshot } from "./snapshot.ts";

const decided = (seen: RunSnapshot, accepts = [0]): unknown =>
  decideCommand(seen, { output: "written", accepts }, NOW);
const gone = { phase: "ended", caughtUp: true } as const;

test.each([
  ["status 0", snapshot({ last: ended() }), [0], { to: "succeeded", result: "written" }],
  ["a status that it may have", snapshot({ last: ended("p1", "exit-2") }), [0, 1, 2], { to: "succeeded" }],
  [
    "another status",
    snapshot({ last: ended("p1", "exit-3") }),
    [0],
    { to: "failed", error: "It ended with status 3: written" },
  ],
  [
    "an interrupt",
    snapshot({ last: ended("p1", "cancelled") }),
    [0],
    { to: "failed", error: "It was interrupted." },
  ],
  ["a failure", snapshot({ last: failed() }), [0], { to: "failed", error: "API Error" }],
  [
    "a workstation that was restarted in the middle",
    snapshot({ agentd: gone, sessionEnded: { error: "The workstation was restarted." } }),
    [0],
    { to: "failed", error: "The workstation was restarted. It is not run twice." },
  ],
  ["a workstation that forgot it", snapshot({ agentd: gone }), [0], { to: "failed" }],
  [
    "a workstation that lost it before it began",
    snapshot({ agentd: gone, last: null, prompts: [{ id: "p1", sent: true, begun: false, at: NOW }] }),
    [0],
    { to: "queued", resend: true },
  ],
  [
    "one that is never begun",
    snapshot({
      agentd: gone,
      last: null,
      epoch: 99,
      prompts: [{ id: "p1", sent: true, begun: false, at: NOW }],
    }),
    [0],
    { to: "failed" },
  ],
  [
    "its time being over",
    snapshot({ run: { workedMs: 3_600_000 } }),
    [0],
    { to: "timed_out", result: "written" },
  ],
] as const)("after %s", (_, seen, accepts, expected) => {
  expect(decided(seen, [...accepts])).toMatchObject({ kind: "move", ...expected });
});

test("while it runs there is nothing to do but to look again; its holds go on without it", () => {
  expect(decided(snapshot({ holds: [hold({ state: "rejected" })] }))).toEqual({
    kind: "later",
    ms: 3_540_000,
  });
  expect(decided(snapshot({ last: ended(), holds: [hold()] }))).toMatchObject({ to: "succeeded" });
  expect(decided(snapshot({ state: "cancelling", agentd: gone }))).toMatchObject({ to: "cancelled" });
});
