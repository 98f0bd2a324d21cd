/**
 * A member asks for a verb: the runner does it, since web only asks (jobs.inbox) and reads what became of it (jobs.verb_calls).
 * Asking again with the same id does the work once and finds the same answer.
 */
import { randomBytes } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { type Verb, type VerbOutcome, verbOutcome, verbProblem } from "@nightgate/shared/verbs/verb";
import { argumentFaults, findVerb, waitSecondsOf } from "@nightgate/shared/verbs/verbs";
import { z } from "zod";
import { limits } from "../../limits.ts";
import type { Scope } from "../../server/access-token.ts";
import { live } from "../../server/live.ts";
import { mustBeAllowed } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { createBell } from "../../server/wake.ts";

/** The arguments of a verb as they travel. */
export const verbArgs = z.record(z.string(), z.json());
type VerbArgs = z.infer<typeof verbArgs>;

export interface VerbAsk {
  member: Member;
  /** What the program may do that asks for them; `act` for their own browser. */
  scope: Scope;
  verb: string;
  /** Made by the asker. */
  id: string;
  args: VerbArgs;
  signal: AbortSignal;
}

/** An id for an asker that brings none. */
export function newCallId(): string {
  return `call_${randomBytes(16).toString("base64url")}`;
}

/** Asks and waits for the outcome. Throws Problem verb.unanswered when the runner says nothing in time; what it refuses is an outcome. */
export async function callVerb(ask: VerbAsk): Promise<VerbOutcome> {
  const args = readable(ask);
  const { member, signal } = ask;
  const bell = createBell();
  const stop = live().follow(member.organization, () => bell.ring());
  const deadline = systemClock.now() + limits.verbAnswerMs + waitSecondsOf(ask.verb, args) * 1_000;
  try {
    const inbox = await hand(ask, args);
    for (;;) {
      const outcome = await look(ask, inbox);
      if (outcome !== null) return outcome;
      const left = deadline - systemClock.now();
      if (left <= 0 || signal.aborted) throw new Problem("verb.unanswered", {});
      await bell.wait(Math.min(left, limits.verbLookMs), signal);
    }
  } finally {
    stop();
  }
}

/** The verb's arguments, if this member and program may ask for it. The runner looks again: this refuses what need not travel. */
function readable({ verb: name, member, scope, args }: VerbAsk): VerbArgs {
  const verb: Verb | null = findVerb(name);
  if (verb === null) throw new Problem("verb.unknown", { verb: name.slice(0, 64) });
  if (verb.who === "agent") throw new Problem("verb.not-yours", { verb: name, who: "agents" });
  if (verb.effect === "write") {
    mustBeAllowed(member, "jobs.act");
    if (scope !== "act") throw new Problem("token.scope", { what: name });
  }
  const why = argumentFaults(verb, args);
  if (why !== null) throw new Problem("verb.arguments", { verb: name, why });
  return args;
}

/** Hands the call to the runner, unless it was asked before. Answers the inbox row that carries it; null for one that has its answer. */
async function hand(ask: VerbAsk, args: VerbArgs): Promise<bigint | null> {
  const { member, id, verb } = ask;
  const message: JobsInboxMessage = {
    kind: "verb.call",
    id,
    person: member.person,
    role: member.role,
    verb,
    args,
  };
  return await asMember(member, async (tx) => {
    if ((await callRow(tx, ask)) !== null) return null;
    const [row] = await tx.$queryRaw<{ id: bigint }[]>`
      INSERT INTO jobs.inbox (organization_id, body) VALUES (${member.organization}, ${JSON.stringify(message)}::jsonb)
      RETURNING id`;
    return row?.id ?? null;
  });
}

async function look(ask: VerbAsk, inbox: bigint | null): Promise<VerbOutcome | null> {
  return await asMember(ask.member, async (tx) => {
    const row = await callRow(tx, ask);
    if (row !== null && row.verb !== ask.verb)
      throw new Problem("input.invalid", { why: "the id of this call was used for another one" });
    if (row !== null && row.outcome !== null) return verbOutcome.parse(row.outcome);
    const asked = inbox === null ? null : await tx.jobsInbox.findUnique({ where: { id: inbox } });
    return asked?.error == null ? null : refusedInInbox(asked.error);
  });
}

async function callRow(
  tx: ControlTransaction,
  { member, id }: VerbAsk,
): Promise<{ verb: string; outcome: unknown } | null> {
  return await tx.jobsVerbCalls.findUnique({
    where: {
      organizationId_caller_id: { organizationId: member.organization, caller: member.person, id },
    },
    select: { verb: true, outcome: true },
  });
}

/** A message that the runner would not take at all. */
function refusedInInbox(why: string): VerbOutcome {
  const problem = verbProblem.parse({
    type: "urn:nightgate:problem:asked.refused",
    title: "asked.refused",
    status: 502,
    code: "asked.refused",
    detail: why.slice(0, 4_000),
  });
  return { ok: false, problem };
}
