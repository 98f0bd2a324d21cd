/** Calls of verbs in Postgres: what a call does and what became of it are written in one transaction, so that the same id is done once. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { type VerbOutcome, verbOutcome } from "@nightgate/shared/verbs/verb";
import { VERBS } from "@nightgate/shared/verbs/verbs";
import { LIMITS } from "../limits.ts";
import { storable } from "../store/storable.ts";
import type { VerbCaller } from "./caller.ts";

const READS = Object.entries(VERBS).flatMap(([name, { effect }]) => (effect === "read" ? [name] : []));

export interface CallKey {
  caller: VerbCaller;
  verb: string;
}

/** What one attempt has come to: an outcome that counts, or one that counts only if nothing comes of waiting. */
export interface Attempt {
  outcome: VerbOutcome;
  pending: boolean;
}

export interface CallStore {
  /** Runs `work` unless the call has its outcome already, and keeps what it comes to, unless that is pending. */
  attempt(key: CallKey, work: (tx: JobsTransaction) => Promise<Attempt>): Promise<Attempt>;
  /** Keeps an outcome, if the call has none. Answers the one that it has then. */
  settle(key: CallKey, outcome: VerbOutcome): Promise<VerbOutcome>;
  /** Deletes what is older than it is kept. */
  forget(organization: string, now: Date): Promise<void>;
}

/** The store over jobs.verb_calls. */
export function createCallStore(db: JobsDatabase): CallStore {
  return {
    attempt: async (key, work) =>
      await db.asOrganization(key.caller.organization, async (tx) => {
        const known = await claim(tx, key);
        if (known !== null) return { outcome: known, pending: false };
        const attempt = await work(tx);
        if (!attempt.pending) await keep(tx, key, attempt.outcome);
        return attempt;
      }),
    settle: async (key, outcome) =>
      await db.asOrganization(key.caller.organization, async (tx) => {
        const known = await claim(tx, key);
        if (known !== null) return known;
        await keep(tx, key, outcome);
        return outcome;
      }),
    forget: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const before = (ms: number): { lt: Date } => ({ lt: new Date(now.getTime() - ms) });
        await tx.jobsVerbCalls.deleteMany({
          where: {
            OR: [
              { createdAt: before(LIMITS.verbCallsKeptMs) },
              { createdAt: before(LIMITS.verbReadsKeptMs), verb: { in: READS } },
            ],
          },
        });
      }),
  };
}

/** Whose the id is: one caller cannot take another one's. */
export function callerId({ workstation, person }: VerbCaller): string {
  return workstation ?? person ?? "";
}

/** Locks the call's row, made if it is not there. Two with the same id come one after the other from here on. */
async function claim(tx: JobsTransaction, { caller, verb }: CallKey): Promise<VerbOutcome | null> {
  const id = callerId(caller);
  await tx.$executeRaw`INSERT INTO jobs.verb_calls (organization_id, caller, id, verb)
    VALUES (${caller.organization}, ${id}, ${caller.call}, ${verb}) ON CONFLICT DO NOTHING`;
  const [row] = await tx.$queryRaw<
    { verb: string; outcome: unknown }[]
  >`SELECT verb, outcome FROM jobs.verb_calls
    WHERE organization_id = ${caller.organization} AND caller = ${id} AND id = ${caller.call} FOR UPDATE`;
  if (row !== undefined && row.verb !== verb)
    throw new Problem("input.invalid", { why: "the id of this call was used for another one" });
  return row?.outcome == null ? null : verbOutcome.parse(row.outcome);
}

async function keep(tx: JobsTransaction, { caller }: CallKey, outcome: VerbOutcome): Promise<void> {
  const text = JSON.stringify(storable(outcome));
  if (text.length > LIMITS.verbResultCharactersMax)
    throw new Problem("too-large", {
      what: "The answer",
      limit: `${LIMITS.verbResultCharactersMax} characters. Ask for less at once`,
    });
  await tx.$executeRaw`UPDATE jobs.verb_calls SET outcome = ${text}::jsonb
    WHERE organization_id = ${caller.organization} AND caller = ${callerId(caller)} AND id = ${caller.call}`;
}
