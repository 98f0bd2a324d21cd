/** When a run goes on with its second provider, and what that one is told. */
import { expect, test } from "vitest";
import { failed, NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import type { RunSnapshot } from "./snapshot.ts";

const MINUTE_MS = 60_000;
const gone = { phase: "ended", caughtUp: true } as const;
const waiting: Partial<RunSnapshot> & { state: "rate_limited"; resumeAt: Date } = {
  state: "rate_limited",
  resumeAt: new Date(NOW.getTime() + 180 * MINUTE_MS),
  last: failed(),
  agentd: gone,
  handOver: { asked: ["Migrate v1 to v2"], files: ["src/v2.ts"] },
  fallback: { agent: "codex", model: null, afterMs: 15 * MINUTE_MS },
};

test("a limit that lasts: the first agent is ended, then the second one is told what was asked and done", () => {
  expect(decide(snapshot({ ...waiting, agentd: { phase: "idle", caughtUp: true } }), NOW)).toMatchObject({
    kind: "act",
    command: "stop",
    id: "fallback-run_x-2",
  });
  // What it had done is not all stored yet.
  expect(decide(snapshot({ ...waiting, agentd: { ...gone, caughtUp: false } }), NOW).kind).toBe("nothing");
  const decided = decide(snapshot(waiting), NOW);
  expect(decided).toMatchObject({
    to: "queued",
    fallback: { agent: "codex", model: null },
    prompts: [{ id: "fallback-run_x-2", source: "platform" }],
    marks: [{ kind: "fallback" }],
    notes: [
      "The model's provider is at its limit until 2026-11-21 06:00 UTC. It goes on with codex, in a session of its own that is told what was asked and done. The job's next run begins as before.",
    ],
  });
  const told = decided.kind === "move" ? (decided.prompts[0]?.text ?? "") : "";
  for (const words of ["Migrate v1 to v2", "- src/v2.ts", "I did it."]) expect(told).toContain(words);
});

test("a credential that is not accepted is not waited for; a model of the same agent is named", () => {
  const model = { id: "res_b", name: "Second key" };
  const more = { fallback: { agent: "claude", model, afterMs: 0 }, state: "needs_auth" } as const;
  expect(decide(snapshot({ ...waiting, ...more }), NOW)).toMatchObject({
    to: "queued",
    fallback: { agent: "claude", model },
    notes: [
      expect.stringContaining(
        "does not accept the credential. It goes on with claude and the model Second key",
      ) as string,
    ],
  });
});

test.each<[string, Partial<RunSnapshot> & { resumeAt?: Date }]>([
  ["a limit that ends soon", { resumeAt: new Date(NOW.getTime() + 15 * MINUTE_MS) }],
  ["nobody to go on with", { fallback: null }],
  ["a workstation that is away", { agentd: null }],
])("%s is waited for", (_what, more) => {
  expect(decide(snapshot({ ...waiting, ...more }), NOW).kind).toBe("nothing");
});

test("a limit that has passed is the first provider's again", () => {
  expect(decide(snapshot({ ...waiting, resumeAt: NOW }), NOW)).toMatchObject({
    to: "queued",
    prompts: [{ id: "resume-run_x-2" }],
  });
});
