import { RUN_MOVES, RUN_STATES } from "@nightgate/shared/run-states";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { EARLIER, ended, failed, hold, NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import type { RunSnapshot } from "./snapshot.ts";
import { decisionPrompt } from "./words.ts";

const to = (given: RunSnapshot): string => {
  const decision = decide(given, NOW);
  return decision.kind === "move" ? decision.to : decision.kind;
};

describe("a turn that is over", () => {
  test("ends the run with the agent's last words", () => {
    expect(decide(snapshot({ last: ended() }), NOW)).toMatchObject({ to: "succeeded", result: "I did it." });
  });

  test.each(["pending", "approved", "releasing", "unknown"] as const)(
    "with a hold that is %s, waits for it",
    (state) => {
      expect(to(snapshot({ last: ended(), holds: [hold({ state })] }))).toBe("awaiting_approval");
    },
  );

  test("says nothing yet while a later prompt waits, was not taken, or has not begun", () => {
    const more = (sent: boolean, begun: boolean): RunSnapshot =>
      snapshot({
        last: ended(),
        prompts: [
          { id: "p1", sent: true, begun: true, at: EARLIER },
          { id: "p2", sent, begun, at: EARLIER },
        ],
        agentd: { phase: "working", caughtUp: true },
      });
    expect(to(more(false, false))).toBe("later");
    expect(to(more(true, false))).toBe("later");
    expect(to(more(true, true))).toBe("later");
  });

  test("is over also when the session ended after it", () => {
    expect(
      to(
        snapshot({
          last: ended(),
          sessionEnded: { error: "The workstation was restarted." },
          agentd: { phase: "ended", caughtUp: true },
        }),
      ),
    ).toBe("succeeded");
  });

  test("was interrupted by a person: they have the next word", () => {
    expect(to(snapshot({ last: ended("p1", "cancelled") }))).toBe("awaiting_input");
  });

  test.each(["refusal", "max_tokens"])("for %s is not a success", (stopReason) => {
    expect(to(snapshot({ last: ended("p1", stopReason) }))).toBe("failed");
  });
});

describe("a turn that failed", () => {
  const call = (status: number, retryAfterSeconds: number | null = null): RunSnapshot["modelCall"] => ({
    status,
    retryAfterSeconds,
    resetAt: null,
    at: EARLIER,
  });
  test.each([
    [401, "needs_auth"],
    [402, "needs_auth"],
    [403, "needs_auth"],
    [429, "rate_limited"],
    [529, "rate_limited"],
    [500, "rate_limited"],
    [502, "rate_limited"],
    [503, "rate_limited"],
    [504, "rate_limited"],
    [400, "failed"],
    [200, "failed"],
  ])("after the gate saw %i is %s", (status, state) => {
    expect(to(snapshot({ last: failed(), modelCall: call(status) }))).toBe(state);
  });

  test("waits as long as the provider said, else longer each time", () => {
    const resumeAt = (given: RunSnapshot): number => {
      const decision = decide(given, NOW);
      return decision.kind === "move" && decision.resumeAt ? decision.resumeAt.getTime() - NOW.getTime() : -1;
    };
    expect(resumeAt(snapshot({ last: failed(), modelCall: call(429, 90) }))).toBe(90_000);
    expect(resumeAt(snapshot({ last: failed(), modelCall: call(429) }))).toBe(LIMITS.rateLimitMsMin);
    const again = { id: "resume-run_x-4", sent: true, begun: true, at: EARLIER };
    const last: RunSnapshot["last"] = {
      at: EARLIER,
      body: { kind: "turn.failed", prompt: again.id, message: "" },
    };
    expect(
      resumeAt(
        snapshot({
          last,
          modelCall: call(429),
          prompts: [{ id: "p1", sent: true, begun: true, at: EARLIER }, again],
        }),
      ),
    ).toBe(2 * LIMITS.rateLimitMsMin);
  });

  test("a provider that stays away is tried so often, with longer and longer pauses, and then the run has failed", () => {
    const tried = Array.from({ length: LIMITS.providerAwayTriesMax }, (_, at) => ({
      id: `resume-run_x-${at}`,
      sent: true,
      begun: true,
      at: EARLIER,
    }));
    const away = (prompts: typeof tried): RunSnapshot =>
      snapshot({
        prompts,
        modelCall: call(502),
        last: { at: EARLIER, body: { kind: "turn.failed", prompt: prompts.at(-1)?.id ?? "", message: "no" } },
      });
    expect(to(away(tried.slice(1)))).toBe("rate_limited");
    expect(to(away(tried))).toBe("failed");
  });

  test("a moment ago is looked at again: what the gate saw may not be written yet", () => {
    expect(to(snapshot({ last: failed(NOW) }))).toBe("later");
  });
});

describe("an agent that is gone in mid-turn", () => {
  test.each([
    ["the session ended", snapshot({ sessionEnded: { error: "killed" } })],
    ["agentd says it is over", snapshot({ agentd: { phase: "ended", caughtUp: true } })],
    ["agentd does not know it any more", snapshot({ agentd: { phase: "unknown", caughtUp: true } })],
  ])("is taken up again when %s", (_, given) => {
    const decision = decide(given, NOW);
    expect(decision).toMatchObject({
      kind: "move",
      to: "queued",
      resend: true,
      prompts: [{ id: "restart-run_x-2", source: "platform" }],
    });
  });

  test("is waited for while the workstation is away, or its events are still coming", () => {
    expect(to(snapshot({ agentd: null }))).toBe("later");
    expect(to(snapshot({ agentd: { phase: "ended", caughtUp: false } }))).toBe("later");
  });

  test("is given up after some times in a row", () => {
    const prompts = [
      "p1",
      ...Array.from({ length: LIMITS.restartsMax }, (_, index) => `restart-run_x-${index}`),
    ].map((id) => ({ id, sent: true, begun: true, at: EARLIER }));
    expect(to(snapshot({ prompts, sessionEnded: { error: "killed" } }))).toBe("failed");
  });

  test("before it has begun it is only sent again", () => {
    const given = snapshot({
      prompts: [{ id: "p1", sent: true, begun: false, at: EARLIER }],
      last: null,
      agentd: { phase: "unknown", caughtUp: true },
    });
    expect(decide(given, NOW)).toMatchObject({ to: "queued", resend: true, prompts: [] });
  });
});

describe("decisions", () => {
  test("wake a run that waits for them, each once", () => {
    const settled = hold({ state: "released", words: "main is now 1234567." });
    expect(
      decide(snapshot({ state: "awaiting_approval", last: ended(), holds: [settled] }), NOW),
    ).toMatchObject({ to: "queued", prompts: [{ id: "decision-H-AAAAAAAA-released", hold: "H-AAAAAAAA" }] });
    const told = [
      { id: "p1", sent: true, begun: true, at: EARLIER },
      { id: "decision-H-AAAAAAAA-released", sent: true, begun: true, at: EARLIER },
    ];
    expect(to(snapshot({ state: "awaiting_approval", last: ended(), holds: [settled], prompts: told }))).toBe(
      "succeeded",
    );
  });

  test("are told to a run at work without waking anything, and to nobody once the run is over", () => {
    const holds = [hold({ state: "rejected", words: "No." })];
    expect(to(snapshot({ holds }))).toBe("tell");
    for (const state of ["succeeded", "failed", "cancelled"] as const)
      expect(to(snapshot({ state, holds }))).toBe("nothing");
  });

  test("silence is never a person's no", () => {
    const text = decisionPrompt(hold({ state: "expired" }))?.text ?? "";
    expect(text).toContain("Nobody answered H-AAAAAAAA");
    expect(text).not.toMatch(/reject|refus|declin/i);
  });

  test("a rejection carries the name and the words", () => {
    expect(decisionPrompt(hold({ state: "rejected", decidedBy: "Ada", words: "Use tabs." }))?.text).toContain(
      "was rejected by Ada: Use tabs.",
    );
  });

  test.each(["superseded", "pending", "approved", "releasing", "unknown"] as const)(
    "%s is nothing to tell",
    (state) => {
      expect(decisionPrompt(hold({ state }))).toBeNull();
    },
  );
});

test("what it wants is always a move that the table allows", () => {
  const lasts: RunSnapshot["last"][] = [null, ended(), ended("p1", "cancelled"), failed()];
  const agentds: RunSnapshot["agentd"][] = [
    null,
    { phase: "ended", caughtUp: true },
    { phase: "working", caughtUp: true },
  ];
  const holds = [[], [hold()], [hold({ state: "rejected" })], [hold({ state: "superseded" })]];
  const waited = { resumeAt: EARLIER, credentialChangedAt: NOW };
  const given = RUN_STATES.flatMap((state) =>
    lasts.flatMap((last) =>
      agentds.flatMap((agentd) =>
        holds.map((held) => snapshot({ state, last, agentd, holds: held, ...waited })),
      ),
    ),
  );
  const wrong = given.filter((each) => {
    const decision = decide(each, NOW);
    const allowed: readonly string[] = RUN_MOVES[each.run.state];
    return decision.kind === "move" && !allowed.includes(decision.to);
  });
  expect(given.length).toBeGreaterThan(500);
  expect(wrong).toEqual([]);
});
