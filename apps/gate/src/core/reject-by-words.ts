/**
 * A rejection without a passkey: from a channel that an approver has linked. It takes something away and lets nothing go, so the worst that
 * whoever has taken that account can do is to say no (invariants 3 and 4 are about what is let go). The log says how it came.
 */
import { approversAt } from "@nightgate/evidence/policy-chain";
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelService } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { HoldsCore } from "./holds.ts";
import type { PoliciesCore } from "./policies.ts";
import type { Hold } from "./ports.ts";
import type { DispatchJournal, Store } from "./store-ports.ts";

export interface RejectByWordsDeps {
  holds: Pick<HoldsCore, "get" | "announce">;
  store: Pick<Store, "write">;
  policies: Pick<PoliciesCore, "state">;
  journal: Pick<DispatchJournal, "find">;
  clock: Clock;
}

export interface Rejection {
  organization: string;
  hold: string;
  person: string;
  words: string;
  channel: string;
  service: ChannelService;
}

const WORDS_MAX = 4_000;

/** Throws Problems not-found, decision.not-approver, decision.words-missing, hold.decided, hold.dispatched. */
export function createRejectByWords(deps: RejectByWordsDeps): (rejection: Rejection) => Promise<Hold> {
  return async ({ organization, hold: id, person, channel, service, ...said }) => {
    const words = said.words.trim().slice(0, WORDS_MAX);
    const state = await deps.policies.state(organization);
    if (!approversAt(state).some((approver) => approver.person === person))
      throw new Problem("decision.not-approver", {});
    const hold = await deps.holds.get(organization, id);
    if (words === "") throw new Problem("decision.words-missing", {});
    if (deps.journal.find(organization, id)) throw new Problem("hold.dispatched", { hold: id });
    if (hold.state !== "pending") throw new Problem("hold.decided", { hold: id, state: hold.state });
    if (hold.expiresAt.getTime() <= deps.clock.now())
      throw new Problem("hold.decided", { hold: id, state: "expired" });
    const rejected = await deps.store.write(organization, async (unit) => {
      const change = { words, decidedBy: person };
      const done = await unit.moveHold(id, { from: "pending", to: "rejected" }, change);
      const after = await unit.hold(id);
      if (!done || !after) throw new Problem("hold.decided", { hold: id, state: after?.state ?? "gone" });
      unit.receipt({ kind: "hold.rejected", hold: id, person, words, channel, service });
      await unit.dropSecrets(id);
      return after;
    });
    deps.holds.announce(rejected);
    return rejected;
  };
}
