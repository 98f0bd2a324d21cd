/**
 * Verbs that somebody inside has asked and the runner has not answered yet. They outlive connections: what was not answered is asked
 * again with the same id when the runner is back, and the runner does it once.
 */
import type { LocalVerbCall } from "@nightgate/shared/agentd-local";
import type { AgentdMessage } from "@nightgate/shared/agentd-protocol";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import { LIMITS } from "../limits.ts";

type Send = (message: Extract<AgentdMessage, { type: "verb" }>) => void;

export class VerbCalls {
  readonly #clock: Clock;
  readonly #open = new Map<string, { call: LocalVerbCall; settle: Set<(outcome: VerbOutcome) => void> }>();
  #send: Send | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks and waits for the outcome. Problem `runner.away` where it does not come, `too-many` where too many wait. */
  async ask(call: LocalVerbCall, signal: AbortSignal): Promise<VerbOutcome> {
    const limit = LIMITS.verbCallsOpenMax;
    const known = this.#open.get(call.id);
    if (known === undefined && this.#open.size >= limit)
      throw new Problem("too-many", { what: "questions to the runner at once", limit });
    const entry = known ?? { call, settle: new Set() };
    this.#open.set(call.id, entry);
    const over = new AbortController();
    let settle: (outcome: VerbOutcome) => void = () => undefined;
    try {
      return await new Promise<VerbOutcome>((resolve, reject) => {
        settle = resolve;
        entry.settle.add(resolve);
        const away = (): void => reject(new Problem("runner.away", {}));
        void this.#clock.wait(LIMITS.verbCallMsMax, AbortSignal.any([over.signal, signal])).then(away, away);
        this.#send?.({ type: "verb", ...entry.call });
      });
    } finally {
      over.abort();
      entry.settle.delete(settle);
      if (entry.settle.size === 0) this.#open.delete(call.id);
    }
  }

  /** The runner is here: everything that was not answered is asked again. */
  attach(send: Send): void {
    this.#send = send;
    for (const { call } of this.#open.values()) send({ type: "verb", ...call });
  }

  detach(send: Send): void {
    if (this.#send === send) this.#send = null;
  }

  settled(id: string, outcome: VerbOutcome): void {
    for (const settle of this.#open.get(id)?.settle ?? []) settle(outcome);
  }
}
