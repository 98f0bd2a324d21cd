/** Answers the verbs that web hands to the runner, with the runner's own database role: what the runner really does with them is tested there. */
import { type JobsDatabase, openJobsDatabase } from "@nightgate/db/jobs";
import { jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import { z } from "zod";

export interface StandInRunner {
  /** Answers what waits in the organization's inbox; the verbs that it was. */
  answer(organization: string, outcome: VerbOutcome): Promise<string[]>;
  close(): Promise<void>;
}

export function openStandInRunner(url: string): StandInRunner {
  const jobs: JobsDatabase = openJobsDatabase(url);
  return {
    answer: async (organization, outcome) =>
      await jobs.asOrganization(organization, async (tx) => {
        const waiting = await tx.jobsInbox.findMany({ where: { handledAt: null } });
        const verbs: string[] = [];
        for (const row of waiting) {
          const message = jobsInboxMessage.safeParse(row.body).data;
          if (message?.kind !== "verb.call") continue;
          const { id, person: caller, verb } = message;
          await tx.jobsVerbCalls.create({
            data: { organizationId: organization, caller, id, verb, outcome: z.json().parse(outcome) ?? {} },
          });
          await tx.jobsInbox.update({ where: { id: row.id }, data: { handledAt: new Date() } });
          verbs.push(verb);
        }
        return verbs;
      }),
    close: async () => await jobs.close(),
  };
}
