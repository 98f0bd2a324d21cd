/**
 * Where verbs are asked, by agents over their workstation's connection and by people through the inbox: checks who may, reads the arguments,
 * does the work once, and keeps on asking the handlers that wait for something, until it happens or the time is over.
 */
import type { Clock } from "@nightgate/shared/clock";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import type { Verb, VerbOutcome } from "@nightgate/shared/verbs/verb";
import { argumentFaults, findVerb, waitSecondsOf } from "@nightgate/shared/verbs/verbs";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import type { Interrupt } from "../runs/interrupt.ts";
import { isRefusedByDatabase } from "../store/refused-by-database.ts";
import { storable } from "../store/storable.ts";
import { Admissions } from "./admissions.ts";
import { Bells } from "./bells.ts";
import { type Attempt, callerId, type CallKey, type CallStore } from "./call-store.ts";
import type { VerbCaller } from "./caller.ts";
import { handlerOf } from "./handlers.ts";

export interface VerbCall {
  caller: VerbCaller;
  verb: string;
  args: unknown;
}

export interface VerbDeskOptions {
  store: CallStore;
  look(organization: string, run: string): Promise<void>;
  /** Ends a run's turn; the same id does it once. */
  interrupt: Interrupt;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

export class VerbDesk {
  readonly #options: VerbDeskOptions;
  readonly #bells: Bells;
  readonly #admissions: Admissions;
  readonly #forgotAt = new Map<string, number>();

  constructor(options: VerbDeskOptions) {
    this.#options = options;
    this.#bells = new Bells(options.clock, options.signal);
    this.#admissions = new Admissions(options.clock);
  }

  /** Asks, and waits for the outcome. Never throws: what failed on our side is a Problem that says to ask again. */
  async call(call: VerbCall): Promise<VerbOutcome> {
    try {
      return await (
        await this.begin(call)
      ).outcome;
    } catch (error) {
      this.#options.log.warn({ err: error, verb: call.verb }, "A verb failed. It can be asked again.");
      return refused(new Problem("internal", { trace: call.caller.call }));
    }
  }

  /**
   * Asks. Resolves when the first attempt is written down, with the outcome to come: what is begun so is done, whatever happens to this
   * process. Rejects when nothing could be written.
   */
  async begin(asked: VerbCall): Promise<{ outcome: Promise<VerbOutcome> }> {
    const call = { ...asked, args: storable(asked.args ?? null) };
    const done = this.#admissions.enter(`${call.caller.organization} ${callerId(call.caller)}`);
    if (done instanceof Problem) return { outcome: this.#turnAway(call, done) };
    try {
      const deadline = this.#options.clock.now() + waitSecondsOf(call.verb, call.args) * 1000;
      const since = this.#bells.rung(call.caller.organization);
      const first = await this.#attempt(call, deadline);
      const coming = first.pending
        ? this.#wait(call, deadline, first, since)
        : Promise.resolve(first.outcome);
      const outcome = coming.finally(done);
      return { outcome };
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Something has happened in the organization: whoever waits there asks again. */
  news(organization: string): void {
    this.#bells.ring(organization);
  }

  /** Forgets calls that are long over; often enough when it is called often. */
  async forget(organization: string): Promise<void> {
    const now = this.#options.clock.now();
    if (now - (this.#forgotAt.get(organization) ?? 0) < LIMITS.verbCallsForgetMs) return;
    this.#forgotAt.set(organization, now);
    await this.#options.store.forget(organization, new Date(now));
  }

  async #wait(call: VerbCall, deadline: number, first: Attempt, before: number): Promise<VerbOutcome> {
    const { log, clock, signal } = this.#options;
    const { organization } = call.caller;
    let last = first;
    let since = before;
    while (last.pending) {
      await this.#bells.heard(organization, since, Math.min(deadline - clock.now(), LIMITS.sweepMs));
      if (signal.aborted) return refused(new Problem("runner.away", {}));
      since = this.#bells.rung(organization);
      try {
        last = await this.#attempt(call, deadline);
      } catch (error) {
        log.warn({ err: error, verb: call.verb }, "A verb that waits could not be asked. It is asked again.");
        if (clock.now() >= deadline) return last.outcome;
      }
    }
    return last.outcome;
  }

  async #attempt(call: VerbCall, deadline: number): Promise<Attempt> {
    const { store, clock, look, interrupt } = this.#options;
    let touched: string[] = [];
    try {
      const attempt = await store.attempt(keyOf(call), async (tx) => {
        const verb = readable(call);
        await checkRun(tx, call.caller);
        const now = new Date(clock.now());
        const answered = await handlerOf(call.verb)(tx, call.caller, verb.args.parse(call.args), now);
        touched = answered.touched ?? [];
        // Before it is written down: who dies in between is asked again, and its id makes it be done once.
        for (const run of answered.interrupted ?? [])
          await interrupt(call.caller.organization, { id: `verb-${call.caller.call}`, run });
        const pending = answered.pending === true && clock.now() < deadline;
        return { outcome: { ok: true, result: verb.result.parse(answered.result) }, pending };
      });
      for (const run of touched) void look(call.caller.organization, run);
      return attempt;
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      return await this.#refuse(call, problem);
    }
  }

  /** A person reads the refusal in the database; an agent hears it, and that costs nothing. */
  async #turnAway(call: VerbCall, problem: Problem): Promise<VerbOutcome> {
    return call.caller.workstation === null ? (await this.#refuse(call, problem)).outcome : refused(problem);
  }

  /** Written down too: a person's call is answered from there. */
  async #refuse(call: VerbCall, problem: Problem): Promise<Attempt> {
    const outcome = refused(problem);
    const kept = this.#options.store.settle(keyOf(call), outcome);
    return { outcome: await kept.catch(evenIf(outcome)), pending: false };
  }
}

/** The verb, if the caller may ask it so. */
function readable({ caller, verb: name, args }: VerbCall): Verb {
  const verb = findVerb(name);
  if (verb === null) throw new Problem("verb.unknown", { verb: name.slice(0, LIMITS.verbNameCharactersMax) });
  const who = caller.workstation === null ? "person" : "agent";
  if (verb.who !== "both" && verb.who !== who)
    throw new Problem("verb.not-yours", { verb: name, who: verb.who === "agent" ? "agents" : "people" });
  if (who === "person" && verb.effect === "write" && caller.role === "viewer")
    throw new Problem("role.refused", { what: name });
  const why = argumentFaults(verb, args);
  if (why !== null) throw new Problem("verb.arguments", { verb: name, why });
  return verb;
}

/** Invariant 1: the workstation is that of the socket; a run that is not its own is nobody's. */
async function checkRun(
  tx: Parameters<Parameters<CallStore["attempt"]>[1]>[0],
  { workstation, run }: VerbCaller,
): Promise<void> {
  if (workstation === null || run === null) return;
  if ((await tx.jobsRuns.count({ where: { id: run, workstationId: workstation } })) !== 1)
    throw new Problem("run.unknown", { run });
}

function problemOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  return isRefusedByDatabase(error)
    ? new Problem("input.invalid", {
        why: "it names something that is taken, or says something that cannot be kept",
      })
    : null;
}

function refused(problem: Problem): VerbOutcome {
  return { ok: false, problem: problemDetails(problem) };
}

/** An id that was used for something else cannot keep this refusal; it is told all the same. */
function evenIf(outcome: VerbOutcome): (error: unknown) => VerbOutcome {
  return (error) => {
    if (error instanceof Problem) return outcome;
    throw error;
  };
}

function keyOf({ caller, verb }: VerbCall): CallKey {
  return { caller, verb: verb.slice(0, LIMITS.verbNameCharactersMax) };
}
