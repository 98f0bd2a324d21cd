import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Chain } from "./chain.ts";
import { surroundingsOf } from "./fire.ts";
import { parseChain } from "./parse-chain.ts";
import { planChain } from "./plan.ts";
import { fill } from "./templates.ts";

const read = (text: string): Chain => {
  const parsed = parseChain(text);
  if (!parsed.ok)
    throw new Error(
      parsed.faults.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n"),
    );
  return parsed.chain;
};
const faults = (text: string): string[] => {
  const parsed = parseChain(text);
  return parsed.ok ? [] : parsed.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
};
const overnight = read(
  readFileSync(new URL("../../../examples/overnight-chain/chain.yaml", import.meta.url), "utf8"),
);
/** 2 at night in Los Angeles, where it is still the day before for most of the world. */
const night = (date: string): { at: Date; timeZone: string; reason: "schedule" } => ({
  at: new Date(`${date}T09:00:00Z`),
  timeZone: "America/Los_Angeles",
  reason: "schedule",
});
const SUNDAY = night("2026-05-03");
const MONDAY = night("2026-05-04");

test("a job keeps its locks while it waits where it, or else the defaults, say so", () => {
  const { jobs } = read(`name: kept
defaults: { keep-locks: true }
jobs:
  one: { run: one.sh }
  two: { run: two.sh, keep-locks: false }`);
  expect(jobs.map(({ name, keepLocks }) => [name, keepLocks])).toEqual([
    ["one", true],
    ["two", false],
  ]);
  expect(overnight.jobs.some(({ keepLocks }) => keepLocks)).toBe(false);
});

describe("the overnight chain", () => {
  test("has its twelve workers in their order", () => {
    const { layers } = planChain(overnight, SUNDAY, "UTC");
    expect(layers.map((layer) => layer.map(({ name }) => name))).toEqual([
      ["gpu-warmup", "ecosystem-watch"],
      ["amygdala", "evolution"],
      ["morning-briefing", "code-review", "cerebellum", "basal-ganglia"],
      ["article-scanner", "pr-digest", "consolidation"],
      ["arxiv-scout"],
    ]);
    expect(layers.flat()).toHaveLength(12);
    expect(
      layers
        .flat()
        .filter(({ hasTriage }) => hasTriage)
        .map(({ name }) => name),
    ).toEqual(["amygdala"]);
  });

  test("leaves Sunday's work out on a Monday, with all that needs it", () => {
    const skipped = (fire: typeof SUNDAY): string[] =>
      planChain(overnight, fire, "UTC")
        .layers.flat()
        .flatMap(({ name, start }) => (start === "begin" ? [] : [`${name} ${start}`]));
    expect(skipped(SUNDAY)).toEqual([]);
    expect(skipped(MONDAY)).toEqual([
      "ecosystem-watch skipped",
      "evolution skipped",
      "basal-ganglia skipped",
    ]);
  });

  test("synthesises on Sunday, by the zone of the chain and not of the machine", () => {
    const work = overnight.jobs.find(({ name }) => name === "consolidation")?.work;
    const mode = work?.kind === "builtin" ? work.with["mode"] : undefined;
    const on = (fire: typeof SUNDAY): unknown =>
      typeof mode === "object" && mode !== null ? fill(mode, surroundingsOf(fire, {}, new Map())) : null;
    expect(on(SUNDAY)).toBe("synthesise");
    expect(on(MONDAY)).toBe("prune");
    // Sunday in UTC, still Saturday night in Los Angeles.
    expect(on({ ...SUNDAY, at: new Date("2026-05-03T03:00:00Z") })).toBe("prune");
  });

  test("fires next at two in the morning of its own zone, also where clocks change", () => {
    const { nextFires } = planChain(overnight, night("2026-03-06"), "UTC", 4);
    expect(nextFires.map((at) => at.toISOString())).toEqual([
      "2026-03-06T10:00:00.000Z",
      "2026-03-07T10:00:00.000Z",
      // There is no two o'clock on the 8th.
      "2026-03-08T10:00:00.000Z",
      "2026-03-09T09:00:00.000Z",
    ]);
  });
});

const chain = (jobs: string, before = ""): string => `name: night\n${before}jobs:\n${jobs}`;

describe("what is wrong is said with its line and column, all of it at once", () => {
  test.each([
    ["an unknown key", chain("  a: { run: a.sh, retry: 3 }\n"), ['3:19 "retry" is not a key of jobs.a.']],
    [
      "an unknown need",
      chain("  a: { run: a.sh, needs: [b] }\n"),
      ["3:27 jobs.a needs b, and there is no such job."],
    ],
    [
      "a circle",
      chain("  a: { run: a.sh, needs: c }\n  b: { run: b.sh, needs: a }\n  c: { run: c.sh, needs: b }\n"),
      ["3:26 These jobs need each other in a circle: a -> c -> b -> a."],
    ],
    [
      "a job that needs itself",
      chain("  a: { run: a.sh, needs: a }\n"),
      ["3:26 These jobs need each other in a circle: a -> a."],
    ],
    [
      "an undeclared lock",
      chain("  a: { run: a.sh, locks: [gpu] }\n"),
      ["3:27 jobs.a takes the lock gpu, which is not declared under locks."],
    ],
    [
      "two kinds of work",
      chain("  a: { run: a.sh, builtin: memory.reinforce }\n"),
      ["3:6 jobs.a: needs exactly one of run, agent and builtin."],
    ],
    [
      "a path that leads out",
      chain("  a: { run: ../../etc/passwd }\n"),
      ["3:13 jobs.a.run: must be a path inside the chain's folder."],
    ],
    [
      "an expression",
      chain("  a: { run: a.sh, if: \"fire.weekday = 'sun'\" }\n"),
      ['3:23 jobs.a.if: "=" is not understood here (at character 14).'],
    ],
    [
      "a value that is not there",
      chain("  a: { run: a.sh, if: \"fire.weekdya == 'sun'\" }\n"),
      ["3:23 jobs.a.if: there is no value fire.weekdya here."],
    ],
    [
      "a time",
      chain("  a: { run: a.sh }\n", 'on: { schedule: [{ cron: "0 25 * * *" }] }\n'),
      [expect.stringMatching(/^2:18 The schedule is not usable: .*25/u)],
    ],
    ["a key twice", chain("  a: { run: a.sh }\n  a: { run: b.sh }\n"), ["4:3 Map keys must be unique."]],
    [
      "two things",
      chain("  a: { run: a.sh, nedes: [b] }\n  b: { agent: {} }\n"),
      [
        '3:19 "nedes" is not a key of jobs.a.',
        "4:15 jobs.b.agent: needs prompt or prompt-file, and only one of them.",
      ],
    ],
  ])("%s", (_, text, said) => {
    expect(faults(text)).toEqual(said);
  });

  test("a small file that unfolds into a huge one is refused", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(faults(bomb)).toEqual(["1:1 Aliases unfold into too much."]);
  });
});

test("a matrix becomes a job for each combination, and whoever needs it needs them all", () => {
  const { jobs } = read(
    chain(
      "  build:\n    run: build.sh\n    matrix: { node: [22, 24], system: [linux] }\n  ship: { run: ship.sh, needs: build }\n",
    ),
  );
  expect(jobs.map(({ name, needs }) => [name, needs])).toEqual([
    ["build (22, linux)", []],
    ["build (24, linux)", []],
    ["ship", ["build (22, linux)", "build (24, linux)"]],
  ]);
});
