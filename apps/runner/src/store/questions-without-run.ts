/** Questions that belong to no run: whether a night may cost more, and whether a schedule goes on. Asked once, however many runs wait for the answer. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { sayDollars } from "@nightgate/shared/model-prices";
import type { NightNow } from "../core/night.ts";

/** Asks whether tonight may cost more; not again while that is open, or after a no. */
export async function askForNight(tx: JobsTransaction, organization: string, night: NightNow): Promise<void> {
  if (night.over === null) return;
  const asked = await tx.$queryRaw<unknown[]>`SELECT id FROM jobs.human_messages WHERE purpose = 'night'
    AND detail ->> 'night' = ${night.name} AND (answered_at IS NULL OR closed_reason IS NOT NULL) LIMIT 1`;
  if (asked.length > 0) return;
  const extend = Math.max(1, Math.ceil(night.over.limit / 2));
  const { spent, limit } = night.over;
  await ask(tx, organization, {
    purpose: "night",
    text: `The night has cost ${sayDollars(spent)} of ${sayDollars(limit)}. Runs are parked until the next one. Extend this one by ${sayDollars(extend)}?`,
    choices: [`Extend by ${sayDollars(extend)}`, "No"],
    detail: { night: night.name, extend },
  });
}

/** Asks whether a schedule that has succeeded as often as it was given goes on. */
export async function askForRepeats(
  tx: JobsTransaction,
  organization: string,
  { schedule, name, job, successes }: { schedule: string; name: string; job: string; successes: number },
): Promise<void> {
  await ask(tx, organization, {
    purpose: "repeats",
    text: `The schedule ${name} has succeeded ${successes} times, which is what it was given. It is paused. Shall it go on, for as many times again?`,
    choices: ["Go on", "No"],
    detail: { schedule },
    job,
  });
}

async function ask(
  tx: JobsTransaction,
  organization: string,
  {
    job,
    ...question
  }: {
    purpose: string;
    text: string;
    choices: string[];
    detail: Record<string, string | number>;
    job?: string;
  },
): Promise<void> {
  await tx.jobsHumanMessages.create({
    data: {
      organizationId: organization,
      id: newId("humanMessage"),
      kind: "question",
      jobId: job ?? null,
      ...question,
    },
  });
}
