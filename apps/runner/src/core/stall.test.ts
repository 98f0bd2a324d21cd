import { type StallRung, STALL_RUNGS } from "@nightgate/shared/run-events";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import type { Decision, RunSnapshot } from "./snapshot.ts";

const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
const told = (id: string, at: Date): RunSnapshot["prompts"][number] => ({ id, sent: true, begun: true, at });

/** In a turn since `ms`, with these rungs behind it. */
function standing(
  ms: number,
  rungs: { rung: StallRung; at: Date }[] = [],
  more: Partial<RunSnapshot> = {},
): RunSnapshot {
  return snapshot({
    prompts: [told("p1", ago(ms))],
    last: { at: ago(ms), body: { kind: "prompt", prompt: "p1", text: "Do it" } },
    run: { workSince: ago(ms), timeoutMs: 24 * 3_600_000 },
    agentd: { phase: "working", caughtUp: true },
    stall: { rungs, all: rungs.length },
    ...more,
  });
}
const marks = (decision: Decision): string[] =>
  "marks" in decision ? (decision.marks ?? []).map(({ id }) => id) : [];
const climbed = (...rungs: StallRung[]): { rung: StallRung; at: Date }[] =>
  rungs.map((rung) => ({ rung, at: ago(3_600_000) }));

describe("the rungs, one after the other", () => {
  const quiet = LIMITS.turnQuietMsMax;

  test("before its time nothing is done, and it is looked at when that comes", () => {
    expect(decide(standing(quiet - 1000), NOW)).toEqual({ kind: "later", ms: 1000 });
  });

  test("nudge: a prompt behind its turn, and a mark that says why", () => {
    const decision = decide(standing(quiet), NOW);
    expect(decision).toMatchObject({
      kind: "tell",
      prompts: [{ id: "stall-nudge-run_x-1", source: "platform" }],
    });
    expect(marks(decision)).toEqual(["stall-1-nudge"]);
  });

  test("interrupt: the turn is ended; the nudge that waits is heard then", () => {
    const waiting = [
      told("p1", ago(2 * quiet)),
      { ...told("stall-nudge-run_x-1", ago(quiet)), begun: false },
    ];
    const decision = decide(standing(2 * quiet, climbed("nudge"), { prompts: waiting }), NOW);
    expect(decision).toMatchObject({ kind: "act", command: "interrupt", prompts: [] });
    expect(marks(decision)).toEqual(["stall-2-interrupt"]);
    const heard = decide(standing(2 * quiet, climbed("nudge")), NOW);
    expect(heard).toMatchObject({
      kind: "act",
      command: "interrupt",
      prompts: [{ id: "stall-nudge-run_x-2" }],
    });
  });

  test.each([
    ["resume", climbed("nudge", "interrupt"), "stall-3-resume"],
    ["fresh", climbed("nudge", "interrupt", "resume"), "stall-4-fresh"],
    ["ask", climbed("nudge", "interrupt", "resume", "fresh"), "stall-5-ask"],
  ] as const)("%s: its process is ended first", (_, rungs, mark) => {
    const decision = decide(standing(2 * quiet, [...rungs]), NOW);
    expect(decision).toMatchObject({ kind: "act", command: "stop", prompts: [] });
    expect(marks(decision)).toEqual([mark]);
  });

  test("there is none behind the last, and none twice in a row", () => {
    expect(STALL_RUNGS).toHaveLength(5);
    expect(decide(standing(2 * quiet, climbed(...STALL_RUNGS)), NOW)).toMatchObject({ kind: "later" });
    const justNow = [{ rung: "nudge" as const, at: ago(1000) }];
    expect(decide(standing(2 * quiet, justNow), NOW)).toEqual({
      kind: "later",
      ms: LIMITS.stallRungMs - 1000,
    });
  });
});

describe("when its process is gone", () => {
  const gone = { agentd: { phase: "ended", caughtUp: true } } as const;

  test("the same session is resumed", () => {
    const decision = decide(standing(3_600_000, climbed("nudge", "interrupt", "resume"), gone), NOW);
    expect(decision).toMatchObject({
      kind: "move",
      to: "queued",
      prompts: [{ id: "stall-restart-run_x-3" }],
    });
  });

  test("a fresh session is told what was asked, changed and said", () => {
    const handOver = { asked: ["Migrate it", "And the tests"], files: ["src/a.ts"] };
    const decision = decide(
      standing(3_600_000, climbed("nudge", "interrupt", "resume", "fresh"), {
        ...gone,
        handOver,
        lastWords: "Half done.",
      }),
      NOW,
    );
    expect(decision).toMatchObject({ kind: "move", to: "queued", prompts: [{ id: "stall-fresh-run_x-4" }] });
    const text = decision.kind === "move" ? (decision.prompts[0]?.text ?? "") : "";
    for (const part of ["Migrate it", "And the tests", "- src/a.ts", "Half done."])
      expect(text).toContain(part);
  });

  test("a person is asked, with a way on and a way out", () => {
    const decision = decide(standing(3_600_000, climbed(...STALL_RUNGS), gone), NOW);
    expect(decision).toMatchObject({
      kind: "move",
      to: "awaiting_input",
      asks: [{ purpose: "stalled", choices: ["Try again", "Stop it"], deadline: null }],
    });
  });

  test("one that then dies by itself is taken up as any other", () => {
    const prompts = [told("p1", ago(7_200_000)), told("stall-restart-run_x-3", ago(3_600_000))];
    const last = {
      at: ago(60_000),
      body: { kind: "prompt" as const, prompt: "stall-restart-run_x-3", text: "" },
    };
    const decision = decide(
      standing(3_600_000, climbed("nudge", "interrupt", "resume"), { ...gone, prompts, last }),
      NOW,
    );
    expect(decision).toMatchObject({ kind: "move", to: "queued", prompts: [{ id: "restart-run_x-2" }] });
  });
});

describe("what counts", () => {
  const quiet = LIMITS.turnQuietMsMax;
  test("a new tool call, and a person's words; a nudge of our own does not", () => {
    expect(decide(standing(2 * quiet, [], { progressAt: ago(quiet - 5000) }), NOW)).toEqual({
      kind: "later",
      ms: 5000,
    });
    const spoken = [told("p1", ago(2 * quiet)), { ...told("person-run_y", ago(1000)), begun: false }];
    expect(decide(standing(2 * quiet, [], { prompts: spoken }), NOW)).toEqual({
      kind: "later",
      ms: quiet - 1000,
    });
    const nudged = [told("p1", ago(2 * quiet)), { ...told("stall-nudge-run_x-1", ago(1000)), begun: false }];
    expect(decide(standing(2 * quiet, [], { prompts: nudged }), NOW).kind).toBe("tell");
  });

  test("a tool at work has its own, longer time, and so has a prompt that nobody takes up", () => {
    const busy = { toolSince: ago(LIMITS.turnQuietMsMax + 1000) };
    expect(decide(standing(2 * quiet, [], busy), NOW)).toMatchObject({ kind: "later" });
    expect(decide(standing(5 * quiet, [], { toolSince: ago(LIMITS.toolQuietMsMax) }), NOW).kind).toBe("tell");
    const waiting = [{ ...told("p1", ago(LIMITS.betweenTurnsMsMax)), begun: false }];
    const starting = { prompts: waiting, last: null, agentd: { phase: "starting", caughtUp: true } } as const;
    expect(decide(standing(LIMITS.betweenTurnsMsMax, [], starting), NOW).kind).toBe("tell");
  });

  test("a workstation that is away is not a stall: after long its run gives its locks back, and goes on by itself", () => {
    const away = (ms: number): RunSnapshot => standing(5 * quiet, [], { agentd: null, awaySince: ago(ms) });
    expect(decide(away(LIMITS.awayMsMax - 1000), NOW)).toEqual({ kind: "later", ms: 1000 });
    expect(decide(away(LIMITS.awayMsMax), NOW)).toMatchObject({ to: "stalled" });
    expect(decide(snapshot({ state: "stalled", agentd: null }), NOW).kind).toBe("nothing");
    expect(decide(snapshot({ state: "stalled" }), NOW)).toMatchObject({ to: "queued" });
  });
});
