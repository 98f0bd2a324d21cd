import { describe, expect, test } from "vitest";
import { EARLIER, ended, failed, NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import { nightBegan, nightHours, nightLimit, type NightNow, type NightRules } from "./night.ts";
import type { RunSnapshot } from "./snapshot.ts";

const rules: NightRules = {
  timeZone: "Europe/Berlin",
  startsAt: 20 * 60,
  endsAt: 6 * 60 + 30,
  wrapUpMinutes: 15,
  budgetDollars: 20,
  extraDollars: 0,
  extraNight: null,
};
const hours = (at: string, more: Partial<NightRules> = {}): [string, string] => {
  const { state, name } = nightHours({ ...rules, ...more }, new Date(at));
  return [state, name];
};

describe("the hours of a night", () => {
  test.each([
    ["2026-11-21T18:59:00Z", "closed", "2026-11-21"],
    ["2026-11-21T19:00:00Z", "open", "2026-11-21"],
    ["2026-11-22T05:14:00Z", "open", "2026-11-21"],
    ["2026-11-22T05:15:00Z", "closing", "2026-11-21"],
    ["2026-11-22T05:29:59Z", "closing", "2026-11-21"],
    ["2026-11-22T05:30:00Z", "closed", "2026-11-22"],
  ])("%s is %s", (at, state, name) => {
    expect(hours(at)).toEqual([state, name]);
  });

  test("by the clock of the zone, also where clocks change", () => {
    // The night of 28 to 29 March 2026: 02:00 becomes 03:00 in Berlin. Half past six is 04:30 UTC, not 05:30.
    expect(hours("2026-03-29T04:00:00Z")).toEqual(["open", "2026-03-28"]);
    expect(hours("2026-03-29T04:30:00Z")).toEqual(["closed", "2026-03-29"]);
    expect(hours("2026-11-22T14:31:00Z", { timeZone: "America/Los_Angeles" })).toEqual([
      "closed",
      "2026-11-22",
    ]);
    expect(hours("2026-11-22T14:20:00Z", { timeZone: "America/Los_Angeles" })).toEqual([
      "closing",
      "2026-11-21",
    ]);
    expect(hours("2026-11-22T15:00:00Z", { timeZone: "Asia/Kolkata" })).toEqual(["open", "2026-11-22"]);
  });

  test("says when it opens and closes", () => {
    expect(nightHours(rules, new Date("2026-11-21T12:00:30Z")).opensAt).toEqual(
      new Date("2026-11-21T19:00:00Z"),
    );
    expect(nightHours(rules, new Date("2026-11-21T23:00:00Z")).closesAt).toEqual(
      new Date("2026-11-22T05:30:00Z"),
    );
  });

  test("without a window it is always open, and a night goes from noon to noon", () => {
    const open = { startsAt: null, endsAt: null, timeZone: "UTC" };
    expect(hours("2026-11-21T11:59:00Z", open)).toEqual(["open", "2026-11-20"]);
    expect(hours("2026-11-21T12:00:00Z", open)).toEqual(["open", "2026-11-21"]);
    expect(nightBegan({ ...rules, ...open }, new Date("2026-11-21T11:59:00Z"))).toEqual(
      new Date("2026-11-20T12:00:00Z"),
    );
  });

  test("what was added counts for its own night", () => {
    const extended = { ...rules, extraDollars: 10, extraNight: "2026-11-21" };
    expect(nightLimit(extended, "2026-11-21")).toBe(30);
    expect(nightLimit(extended, "2026-11-22")).toBe(20);
  });
});

const night = (more: Partial<NightNow>): NightNow => ({
  state: "open",
  name: "2026-11-20",
  opensAt: null,
  closesAt: null,
  over: null,
  ...more,
});
const working = { agentd: { phase: "working", caughtUp: true } } as const;
const over = { spent: 21, limit: 20 };

describe("a run at work when the night ends", () => {
  const wrapUp = "wrap-up-run_x-2026-11-20";
  const asked = [
    { id: "p1", sent: true, begun: true, at: EARLIER },
    { id: wrapUp, sent: true, begun: true, at: EARLIER },
  ];

  test("is asked to wrap up, once", () => {
    const given = snapshot({ ...working, night: night({ state: "closing" }) });
    expect(decide(given, NOW)).toMatchObject({ kind: "tell", prompts: [{ id: wrapUp }] });
    const known = [...given.prompts, { id: wrapUp, sent: true, begun: false, at: EARLIER }];
    expect(decide({ ...given, prompts: known }, NOW).kind).toBe("later");
  });

  test("then waits in the queue with its next prompt, unless it says that it is done", () => {
    const given = snapshot({ night: night({ state: "closing" }), prompts: asked, last: ended(wrapUp) });
    expect(decide(given, NOW)).toMatchObject({
      to: "queued",
      prompts: [{ id: "night-run_x-2026-11-20-2" }],
      marks: [{ kind: "night" }],
    });
    const claim: RunSnapshot["claim"] = {
      status: "succeeded",
      summary: "Done.",
      artifacts: [],
      isFresh: true,
    };
    expect(decide({ ...given, claim }, NOW)).toMatchObject({ to: "succeeded" });
  });

  test("is interrupted when it closes, and parked when the turn is over", () => {
    const closed = night({ state: "closed" });
    expect(decide(snapshot({ ...working, night: closed }), NOW)).toMatchObject({
      kind: "act",
      command: "interrupt",
      id: "cut-p1",
    });
    expect(decide(snapshot({ night: closed, last: ended("p1", "cancelled") }), NOW)).toMatchObject({
      to: "queued",
    });
    expect(decide(snapshot({ night: closed, last: ended() }), NOW)).toMatchObject({ to: "succeeded" });
    expect(decide(snapshot({ ...working, night: closed, run: { anyTime: true } }), NOW).kind).toBe("later");
  });

  test("the night's budget stops everything, also what may run at any time", () => {
    const given = snapshot({ ...working, night: night({ over }), run: { anyTime: true } });
    expect(decide(given, NOW)).toMatchObject({ kind: "act", command: "interrupt" });
  });
});

describe("a budget of its own", () => {
  const broke: Partial<RunSnapshot> = { spentDollars: 5.2 };
  const limited = { budget: { dollars: 5, workMs: null } };

  test("interrupts, parks and asks, with an amount to add", () => {
    expect(decide(snapshot({ ...working, ...broke, run: limited }), NOW)).toMatchObject({
      kind: "act",
      command: "interrupt",
    });
    expect(decide(snapshot({ ...broke, run: limited, last: ended("p1", "cancelled") }), NOW)).toMatchObject({
      to: "awaiting_input",
      asks: [
        {
          purpose: "budget",
          choices: ["Extend by $3.00", "Stop it"],
          detail: { what: "dollars", extend: 3 },
        },
      ],
    });
  });

  test("what ends by itself has ended", () => {
    expect(decide(snapshot({ ...broke, run: limited, last: ended() }), NOW)).toMatchObject({
      to: "succeeded",
    });
  });

  test("of a family: says whose it is and what is promised, and an answer is for the one whose it is", () => {
    const run = { budget: { dollars: 5, workMs: null, holder: "run_parent", promised: 2 } };
    expect(decide(snapshot({ ...broke, run, last: ended("p1", "cancelled") }), NOW)).toMatchObject({
      asks: [
        {
          text: expect.stringContaining(
            "the budget of the task that has caused it, and that it shares: $5.20 of $5.00, $2.00 of it promised",
          ) as string,
          detail: { what: "dollars", extend: 3, holder: "run_parent" },
        },
      ],
    });
  });

  test("a turn that the gate has ended by it is parked, and goes on by itself where there is money again", () => {
    const modelCall = { status: 402, retryAfterSeconds: null, resetAt: null, at: EARLIER, overBudget: true };
    expect(decide(snapshot({ ...broke, run: limited, last: failed(), modelCall }), NOW)).toMatchObject({
      to: "awaiting_input",
      asks: [{ purpose: "budget" }],
    });
    expect(decide(snapshot({ spentDollars: 4, run: limited, last: failed(), modelCall }), NOW)).toMatchObject(
      {
        to: "queued",
        prompts: [{ id: "resume-run_x-2" }],
      },
    );
    // A provider's own 402 is a matter of its credential, whatever the budget says.
    const theirs = { ...modelCall, overBudget: false };
    expect(
      decide(snapshot({ ...broke, run: limited, last: failed(), modelCall: theirs }), NOW),
    ).toMatchObject({
      to: "needs_auth",
    });
  });

  test("of work: the clock counts, and what waits in the queue is parked before it costs more", () => {
    const prompts = [
      { id: "p1", sent: true, begun: true, at: EARLIER },
      { id: "person-run_y", sent: false, begun: false, at: EARLIER },
    ];
    const given = snapshot({ prompts, last: ended(), run: { budget: { dollars: null, workMs: 60_000 } } });
    expect(decide(given, NOW)).toMatchObject({
      to: "awaiting_input",
      asks: [{ detail: { what: "work", extend: 10 } }],
    });
  });

  test("a cost that is not known stops nothing", () => {
    expect(decide(snapshot({ ...working, spentDollars: null, run: limited }), NOW).kind).toBe("later");
  });
});
