/**
 * The life of runs, played at random against decide(): whatever happens in whatever order, every move is one of the table, no prompt is
 * written twice, each answer and each decision is told at most once, and what is over stays over.
 */
import { RUN_MOVES, type RunState } from "@nightgate/shared/run-states";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import type { Along, Decision, RunSnapshot } from "./snapshot.ts";

const STEPS = [
  "begin",
  "begin",
  "begin",
  "end",
  "ask-in-words",
  "interrupted",
  "turn-fails",
  "limited",
  "provider-away",
  "no-key",
  "new-key",
  "hold",
  "release",
  "reject",
  "ask",
  "answer",
  "die",
  "away",
  "back",
  "words",
  "progress",
  "claim",
  "spend",
  "close-night",
  "open-night",
  "cancel",
  "minutes",
  "hours",
] as const;
type Step = (typeof STEPS)[number];

/** Plays the store, the workstation and the people, as simply as can be. */
class Play {
  now = NOW.getTime();
  readonly faults: string[] = [];
  #picture: RunSnapshot = snapshot({
    state: "queued",
    last: null,
    prompts: [{ id: "p1", sent: false, begun: false, at: NOW }],
    run: { workSince: null, workedMs: 0, budget: { dollars: 5, workMs: null } },
    spentDollars: 0,
    agentd: { phase: "ended", caughtUp: true },
  });
  #count = 0;
  readonly #done = new Set<string>();

  get state(): RunState {
    return this.#picture.run.state;
  }

  #date(): Date {
    return new Date(this.now);
  }

  #set(more: Partial<RunSnapshot>): void {
    this.#picture = { ...this.#picture, ...more };
  }

  #turn(body: NonNullable<RunSnapshot["last"]>["body"]): void {
    this.#set({ last: { at: this.#date(), body } });
  }

  /** What happens outside. Whatever cannot happen now does not. */
  happen(step: Step): void {
    this.#count += 1;
    this.#happenings[step]();
  }

  readonly #happenings: Readonly<Record<Step, () => void>> = {
    begin: () => this.#begin(),
    end: () => this.#endTurn("Done.", "end_turn"),
    "ask-in-words": () => this.#endTurn("Shall I?", "end_turn"),
    interrupted: () => this.#endTurn("", "cancelled"),
    "turn-fails": () => this.#failTurn(400),
    limited: () => this.#failTurn(429),
    "provider-away": () => this.#failTurn(502),
    "no-key": () => this.#failTurn(401),
    "new-key": () => this.#set({ credentialChangedAt: this.#date() }),
    hold: () => {
      if (this.#inTurn() === null) return;
      const hold = {
        id: `H-${this.#count}`,
        kind: "git.push",
        state: "pending",
        title: "",
        words: "",
      } as const;
      this.#set({ holds: [...this.#picture.holds, { ...hold, decidedBy: null }] });
    },
    release: () => this.#settleHold("released"),
    reject: () => this.#settleHold("rejected"),
    ask: () => {
      const deadline = new Date(this.now + 600_000);
      if (this.#inTurn() !== null) this.#ask({ purpose: "agent", text: "?", choices: [], deadline });
    },
    answer: () => this.#answer(),
    die: () => {
      const { agentd } = this.#picture;
      if (agentd === null || agentd.phase === "ended") return;
      this.#set({ agentd: { phase: "ended", caughtUp: true }, sessionEnded: { error: "killed" } });
    },
    away: () => this.#set({ agentd: null, awaySince: this.#date() }),
    back: () =>
      this.#set({ agentd: this.#picture.agentd ?? { phase: "ended", caughtUp: true }, awaySince: null }),
    words: () => {
      const prompt = { id: `person-${this.#count}`, text: "", source: "person", hold: null } as const;
      if (RUN_MOVES[this.state].length > 0) this.#along({ prompts: [prompt] });
    },
    progress: () => this.#set({ progressAt: this.#date(), stall: { ...this.#picture.stall, rungs: [] } }),
    claim: () => {
      if (this.#inTurn() === null) return;
      this.#set({ claim: { status: "succeeded", summary: "So.", artifacts: [], isFresh: true } });
    },
    spend: () => this.#set({ spentDollars: (this.#picture.spentDollars ?? 0) + 2 }),
    "close-night": () => this.#setNight("closed"),
    "open-night": () => this.#setNight("open"),
    cancel: () => {
      if ((RUN_MOVES[this.state] as readonly RunState[]).includes("cancelling"))
        this.#move({ kind: "move", to: "cancelling", prompts: [], resend: false });
    },
    minutes: () => void (this.now += 6 * 60_000),
    hours: () => void (this.now += 3 * 3_600_000),
  };

  /** The prompt of the turn that is under way. */
  #inTurn(): string | null {
    const { last, agentd } = this.#picture;
    return last?.body.kind === "prompt" && agentd?.phase === "working" ? last.body.prompt : null;
  }

  #begin(): void {
    const { agentd, prompts } = this.#picture;
    const next = prompts.find(({ sent, begun }) => sent && !begun);
    if (this.#inTurn() !== null || next === undefined || agentd === null || agentd.phase === "ended") return;
    this.#set({
      prompts: prompts.map((each) => (each === next ? { ...each, begun: true } : each)),
      agentd: { phase: "working", caughtUp: true },
      sessionEnded: null,
    });
    this.#turn({ kind: "prompt", prompt: next.id, text: "" });
  }

  #endTurn(lastWords: string, stopReason: string): void {
    const prompt = this.#inTurn();
    if (prompt === null) return;
    this.#set({ lastWords, agentd: { phase: "idle", caughtUp: true } });
    this.#turn({ kind: "turn.ended", prompt, stopReason });
  }

  #failTurn(status: number): void {
    const prompt = this.#inTurn();
    if (prompt === null) return;
    const modelCall = { status, retryAfterSeconds: null, resetAt: null, at: this.#date() };
    this.#set({ agentd: { phase: "idle", caughtUp: true }, modelCall });
    this.#turn({ kind: "turn.failed", prompt, message: "no" });
  }

  #settleHold(state: "released" | "rejected"): void {
    const { holds } = this.#picture;
    const open = holds.findIndex((hold) => hold.state === "pending");
    this.#set({ holds: holds.map((hold, index) => (index === open ? { ...hold, state } : hold)) });
  }

  #answer(): void {
    const { questions, run } = this.#picture;
    const open = questions.find(({ answer, isDone }) => answer === null && !isDone);
    if (open === undefined) return;
    if (open.purpose === "budget") this.#set({ run: { ...run, budget: { dollars: 50, workMs: null } } });
    const told = { answer: "yes", answeredBy: "Ada" };
    this.#set({ questions: questions.map((each) => (each === open ? { ...each, ...told } : each)) });
  }

  #setNight(state: "open" | "closed"): void {
    this.#set({ night: { state, name: "2026-11-20", opensAt: null, closesAt: null, over: null } });
  }

  /** What the conductor does, until nothing changes. */
  settle(): void {
    for (let count = 0; count < 50; count += 1) {
      if (this.#dispatch()) continue;
      const decision = decide(this.#picture, this.#date());
      if (decision.kind === "nothing" || decision.kind === "later") {
        if (!this.#send()) return;
      } else if (!this.#carryOut(decision)) return;
    }
    this.faults.push(`It does not come to rest in ${this.state}.`);
  }

  #carryOut(decision: Exclude<Decision, { kind: "nothing" | "later" }>): boolean {
    if (decision.kind === "move") {
      this.#move(decision);
      return true;
    }
    this.#along(decision);
    if (decision.kind === "tell") return true;
    const isNew = !this.#done.has(decision.id);
    this.#done.add(decision.id);
    if (decision.command === "interrupt") this.happen("interrupted");
    else this.happen("die");
    return isNew;
  }

  #dispatch(): boolean {
    const { night, run } = this.#picture;
    if (run.state !== "queued" || this.#picture.agentd === null || night?.state === "closed") return false;
    this.#move({ kind: "move", to: "dispatching", prompts: [], resend: false });
    return true;
  }

  #send(): boolean {
    const { run, agentd, prompts } = this.#picture;
    if (agentd === null || (run.state !== "dispatching" && run.state !== "running")) return false;
    const unsent = prompts.some(({ sent }) => !sent);
    if (unsent)
      this.#set({
        prompts: prompts.map((each) => ({ ...each, sent: true })),
        agentd: agentd.phase === "ended" ? { phase: "starting", caughtUp: true } : agentd,
      });
    if (run.state === "dispatching") this.#move({ kind: "move", to: "running", prompts: [], resend: false });
    return unsent || run.state === "dispatching";
  }

  #move(wish: Extract<Decision, { kind: "move" }>): void {
    const { run, prompts } = this.#picture;
    if (!(RUN_MOVES[run.state] as readonly RunState[]).includes(wish.to))
      this.faults.push(`${run.state} -> ${wish.to}`);
    const workSince = wish.to === "running" || wish.to === "dispatching" ? this.#date() : null;
    this.#set({
      run: { ...run, state: wish.to, epoch: run.epoch + 1, resumeAt: wish.resumeAt ?? null, workSince },
      ...(wish.resend && { prompts: prompts.map((each) => (each.begun ? each : { ...each, sent: false })) }),
    });
    this.#along(wish);
  }

  #along({ prompts, asks = [], expired = [], marks = [] }: Along): void {
    for (const { id } of prompts) {
      if (this.#picture.prompts.some((each) => each.id === id)) this.faults.push(`${id} is said twice`);
      this.#set({ prompts: [...this.#picture.prompts, { id, sent: false, begun: false, at: this.#date() }] });
      if (this.#picture.claim !== null) this.#set({ claim: { ...this.#picture.claim, isFresh: false } });
    }
    const told = new Set([...prompts.map(({ id }) => id.replace("answer-", "")), ...expired]);
    this.#set({
      questions: this.#picture.questions.map((each) =>
        told.has(each.id) ? { ...each, isDone: true } : each,
      ),
    });
    for (const ask of asks) this.#ask(ask);
    for (const { id, kind } of marks) {
      const rung = ["nudge", "interrupt", "resume", "fresh", "ask"].find((each) => id.endsWith(each));
      if (kind !== "stall" || rung === undefined) continue;
      if (this.#done.has(id)) this.faults.push(`${id} is climbed twice`);
      this.#done.add(id);
      const { stall } = this.#picture;
      const next = { rung: rung as RunSnapshot["stall"]["rungs"][number]["rung"], at: this.#date() };
      this.#set({ stall: { rungs: [...stall.rungs, next], all: stall.all + 1 } });
    }
  }

  #ask({
    purpose,
    text,
    deadline,
  }: Pick<NonNullable<Along["asks"]>[number], "purpose" | "text" | "deadline" | "choices">): void {
    const id = `say_${this.#picture.questions.length}`;
    const asked = { id, purpose, text, deadline, answer: null, answeredBy: null, isDone: false };
    this.#set({ questions: [...this.#picture.questions, asked] });
  }
}

const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 60 });

test("whatever happens, every move is allowed, nothing is said twice, and what is over stays over", () => {
  const seen = new Set<RunState>();
  fc.assert(
    fc.property(steps, (story) => {
      const play = new Play();
      play.settle();
      for (const step of story) {
        const before = play.state;
        play.happen(step);
        play.settle();
        seen.add(play.state);
        if (RUN_MOVES[before].length === 0 && play.state !== before) play.faults.push(`${before} was left`);
      }
      expect(play.faults).toEqual([]);
    }),
    { numRuns: 1500, seed: 20_261_121 },
  );
  // It gets everywhere, or it would prove little.
  for (const state of [
    "succeeded",
    "failed",
    "cancelled",
    "awaiting_input",
    "awaiting_approval",
    "rate_limited",
    "needs_auth",
    "stalled",
    "queued",
    "running",
  ] as const)
    expect(seen).toContain(state);
});
