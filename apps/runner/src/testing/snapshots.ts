/** Pictures of runs, for tests of what is decided about them. */
import type { RunSnapshot } from "../core/snapshot.ts";
import type { HoldSeen } from "../core/words.ts";

export const NOW = new Date("2026-11-21T03:00:00Z");
export const EARLIER = new Date(NOW.getTime() - 60_000);
/** A hold of the run. */
export const hold = (more: Partial<HoldSeen> = {}): HoldSeen => ({
  id: "H-AAAAAAAA",
  kind: "git.push",
  state: "pending",
  title: "Push 1 commit",
  words: "",
  decidedBy: null,
  ...more,
});
/** The last turn ended by itself. */
export const ended = (prompt = "p1", stopReason = "end_turn"): RunSnapshot["last"] => ({
  at: EARLIER,
  body: { kind: "turn.ended", prompt, stopReason },
});
/** The last turn failed. */
export const failed = (at = EARLIER): RunSnapshot["last"] => ({
  at,
  body: { kind: "turn.failed", prompt: "p1", message: "API Error" },
});

/** A run in the middle of its first turn; say what is different. */
export function snapshot(
  more: Partial<Omit<RunSnapshot, "run">> & {
    state?: RunSnapshot["run"]["state"];
    resumeAt?: Date;
    epoch?: number;
    run?: Partial<RunSnapshot["run"]>;
  } = {},
): RunSnapshot {
  const { state = "running", resumeAt = null, epoch = 2, run = {}, ...rest } = more;
  return {
    run: {
      id: "run_x",
      state,
      epoch,
      resumeAt,
      dueAt: null,
      workedMs: 60_000,
      timeoutMs: 3_600_000,
      workSince: EARLIER,
      needsAlways: false,
      anyTime: false,
      expects: null,
      budget: { dollars: null, workMs: null },
      ...run,
    },
    needs: [],
    prompts: [{ id: "p1", sent: true, begun: true, at: EARLIER }],
    last: { at: EARLIER, body: { kind: "prompt", prompt: "p1", text: "Do it" } },
    sessionEnded: null,
    lastWords: "I did it.",
    holds: [],
    modelCall: null,
    credentialChangedAt: null,
    questions: [],
    peers: { answers: [], asksOpen: 0 },
    claim: null,
    stall: { rungs: [], all: 0 },
    progressAt: null,
    toolSince: null,
    handOver: null,
    fallback: null,
    limitUntil: null,
    spentDollars: null,
    night: null,
    awaySince: null,
    agentd: { phase: "idle", caughtUp: true },
    ...rest,
  };
}
