/** Nights that go anyhow: whatever ends in whatever order, no job begins before what it needs, and every night ends. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, type ChainJobSeen, type ChainMove, type EndedRun, isOver } from "./advance.ts";
import type { Chain } from "./chain.ts";
import { parseChain } from "./parse-chain.ts";
import { triageOutcome } from "./triage.ts";

const FIRE = { at: new Date("2026-05-03T09:00:00Z"), timeZone: "UTC", reason: "schedule" } as const;

const read = (jobs: string): Chain => {
  const parsed = parseChain(`name: night\njobs:\n${jobs}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.chain;
};
const fresh = (chain: Chain): ChainJobSeen[] =>
  chain.jobs.map(({ name }) => ({ name, state: "waiting", triage: null, run: null }));
const ended = (state: EndedRun["state"], more: Partial<EndedRun> = {}): EndedRun => ({
  state,
  result: "",
  error: "",
  exitStatus: null,
  ...more,
});

/** Writes down what a move says, as the runner does. */
function follow(jobs: ChainJobSeen[], moves: readonly ChainMove[]): ChainJobSeen[] {
  const next = new Map(jobs.map((job) => [job.name, job]));
  for (const move of moves) {
    const job = next.get(move.job);
    if (job === undefined || move.kind === "cancel") continue;
    const begun = move.kind === "begin" && move.phase === "triage" ? "triage" : "running";
    next.set(move.job, { ...job, state: move.kind === "begin" ? begun : move.state });
  }
  return [...next.values()];
}

/** Plays a night: each run that goes ends as `ends` says, in the order that `pick` chooses. */
function play(
  chain: Chain,
  ends: (name: string, phase: "triage" | "running") => EndedRun,
  pick: (going: number) => number,
  cancelAfter = Infinity,
): { jobs: ChainJobSeen[]; end: string | null; begun: string[]; early: string[]; steps: number } {
  let jobs = fresh(chain);
  const begun: string[] = [];
  const early: string[] = [];
  for (let steps = 0; steps < 500; steps += 1) {
    const { moves, end } = advance(chain, FIRE, jobs, steps >= cancelAfter);
    for (const move of moves) {
      if (move.kind !== "begin") continue;
      begun.push(`${move.job} ${move.phase}`);
      const after = follow(jobs, moves.slice(0, moves.indexOf(move)));
      const needs = chain.jobs.find(({ name }) => name === move.job)?.needs ?? [];
      if (needs.some((need) => !isOver(after.find(({ name }) => name === need)?.state ?? "waiting")))
        early.push(move.job);
    }
    jobs = follow(jobs, moves);
    if (end !== null) return { jobs, end, begun, early, steps };
    const going = jobs.filter((job) =>
      job.state === "triage" ? job.triage === null : job.state === "running" && job.run === null,
    );
    const chosen = going[pick(going.length) % going.length];
    if (chosen === undefined) return { jobs, end, begun, early, steps };
    const phase = chosen.state === "triage" ? "triage" : "running";
    const run = ends(chosen.name, phase);
    jobs = jobs.map((job) =>
      job.name === chosen.name ? { ...job, ...(phase === "triage" ? { triage: run } : { run }) } : job,
    );
  }
  return { jobs, end: null, begun, early, steps: 500 };
}

const KINDS = [
  "{ run: x.sh",
  "{ agent: { prompt: go }",
  "{ agent: { prompt: go }, gate: { run: t.sh }",
  "{ builtin: memory.reinforce",
];
const CONDITIONS = [
  "",
  ", if: always()",
  ", if: failure()",
  ", if: \"fire.weekday == 'sun'\"",
  ', if: "false"',
];
const anyChain = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc
    .array(
      fc.record({
        kind: fc.nat(KINDS.length - 1),
        condition: fc.nat(CONDITIONS.length - 1),
        goesOn: fc.boolean(),
        needs: fc.array(fc.nat(100), { maxLength: 3 }),
      }),
      { minLength: size, maxLength: size },
    )
    .map((jobs) =>
      read(
        jobs
          .map(({ kind, condition, goesOn, needs }, index) => {
            // Only jobs before it: no circle.
            const before = index === 0 ? [] : [...new Set(needs.map((need) => `j${need % index}`))];
            return `  j${index}: ${KINDS[kind] ?? ""}, needs: [${before.join(", ")}]${goesOn ? ", on-failure: continue" : ""}${CONDITIONS[condition] ?? ""} }\n`;
          })
          .join(""),
      ),
    ),
);
const anyEnd = fc.constantFrom<EndedRun["state"]>(
  "succeeded",
  "succeeded",
  "failed",
  "timed_out",
  "cancelled",
);
const anyPlay = fc.record({
  chain: anyChain,
  ends: fc.infiniteStream(fc.tuple(anyEnd, fc.constantFrom(0, 1, 2, 7, null))),
  picks: fc.infiniteStream(fc.nat(1000)),
});

function playWith(
  {
    chain,
    ends,
    picks,
  }: { chain: Chain; ends: Iterator<readonly [EndedRun["state"], number | null]>; picks: Iterator<number> },
  cancelAfter?: number,
): ReturnType<typeof play> {
  return play(
    chain,
    () => {
      const [state, exitStatus] = ends.next().value as readonly [EndedRun["state"], number | null];
      return ended(state, { exitStatus });
    },
    () => picks.next().value as number,
    cancelAfter,
  );
}

describe("a night that goes anyhow", () => {
  test("begins no job before what it needs has ended, begins each phase once, and ends", () => {
    fc.assert(
      fc.property(anyPlay, (night) => {
        const { jobs, end, begun, early } = playWith(night);
        expect(early).toEqual([]);
        expect(new Set(begun).size).toBe(begun.length);
        expect(jobs.every(({ state }) => isOver(state))).toBe(true);
        expect(end).not.toBeNull();
      }),
    );
  });

  test("that is cancelled begins nothing more, and ends when what goes has ended", () => {
    fc.assert(
      fc.property(anyPlay, fc.nat(6), (night, after) => {
        const { jobs, end, steps } = playWith(night, after);
        expect(jobs.every(({ state }) => isOver(state))).toBe(true);
        expect(end).toBe(steps >= after ? "cancelled" : end);
        expect(end).not.toBeNull();
      }),
    );
  });

  test("asked again with the same, says the same; what has moved is not moved again", () => {
    fc.assert(
      fc.property(anyPlay, ({ chain }) => {
        const jobs = fresh(chain);
        const first = advance(chain, FIRE, jobs, false);
        expect(advance(chain, FIRE, jobs, false)).toEqual(first);
        const next = advance(chain, FIRE, follow(jobs, first.moves), false);
        expect(next.moves).toEqual([]);
      }),
    );
  });
});

describe("how jobs end", () => {
  const two = read("  a: { run: a.sh }\n  b: { run: b.sh, needs: a }\n");
  const after = (chain: Chain, run: EndedRun): Record<string, string> => {
    const jobs = follow(fresh(chain), [{ job: "a", kind: "begin", phase: "work", outcome: null }]).map(
      (job) => (job.name === "a" ? { ...job, run } : job),
    );
    const { moves } = advance(chain, FIRE, jobs, false);
    return Object.fromEntries(moves.map((move) => [move.job, move.kind === "end" ? move.state : move.kind]));
  };

  test.each([
    ["succeeded", { a: "succeeded", b: "begin" }],
    ["failed", { a: "failed", b: "upstream_failed" }],
    ["timed_out", { a: "timed_out", b: "upstream_failed" }],
    ["cancelled", { a: "cancelled", b: "upstream_failed" }],
  ] as const)("one that %s cascades", (state, expected) => {
    expect(after(two, ended(state))).toEqual(expected);
  });

  test("a failure that continues lets the next begin", () => {
    const chain = read("  a: { run: a.sh, on-failure: continue }\n  b: { run: b.sh, needs: a }\n");
    expect(after(chain, ended("failed"))).toEqual({ a: "failed", b: "begin" });
  });

  test("the end says which need it was", () => {
    const jobs: ChainJobSeen[] = [
      { name: "a", state: "timed_out", triage: null, run: null },
      { name: "b", state: "waiting", triage: null, run: null },
    ];
    expect(advance(two, FIRE, jobs, false)).toMatchObject({
      moves: [
        { state: "upstream_failed", error: "b needs a, which ended as timed out. Nothing of it was begun." },
      ],
      end: "failed",
    });
  });
});

describe("a triage", () => {
  test.each([
    [0, "", "GREEN"],
    [1, "", "YELLOW"],
    [2, "a line\nanother", "RED"],
    [3, "", "ERROR"],
    [null, "", "ERROR"],
    [0, 'all is well\n{"outcome": "red", "why": "disk"}\n', "RED"],
    [2, '{"outcome": "GREEN"}', "GREEN"],
    [0, '{"outcome": "purple"}', "ERROR"],
    [0, "{not json", "ERROR"],
    [5, '{"outcome": "GREEN"}', "ERROR"],
  ] as const)("that exits with %s and says %j is %s", (exitStatus, result, outcome) => {
    expect(triageOutcome({ exitStatus, result })).toBe(outcome);
  });

  const gated = (outcomes: string): Chain =>
    read(`  a: { agent: { prompt: go }, gate: { run: t.sh, outcomes: ${outcomes}, on-error: fail } }\n`);
  const says = (chain: Chain, exitStatus: number | null): ChainMove | undefined =>
    advance(
      chain,
      FIRE,
      [
        {
          name: "a",
          state: "triage",
          triage: ended(exitStatus === null ? "failed" : "succeeded", { exitStatus, result: "said" }),
          run: null,
        },
      ],
      false,
    ).moves[0];

  test("GREEN succeeds without a model, YELLOW escalates to it, RED fails where the chain says so, and so does an error", () => {
    const chain = gated("{ GREEN: succeed, YELLOW: escalate, RED: fail }");
    expect(says(chain, 0)).toMatchObject({
      kind: "end",
      state: "succeeded",
      outcome: "GREEN",
      result: "said",
    });
    expect(says(chain, 1)).toMatchObject({ kind: "begin", phase: "work", outcome: "YELLOW" });
    expect(says(chain, 2)).toMatchObject({ kind: "end", state: "failed", error: "Its triage said RED." });
    expect(says(chain, null)).toMatchObject({ kind: "end", state: "failed", outcome: "ERROR" });
  });
});
