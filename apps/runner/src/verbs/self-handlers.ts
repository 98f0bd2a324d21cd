/** Says who asks. */
import type { selfVerbs } from "@nightgate/shared/verbs/self-verbs";
import type { Handlers } from "./caller.ts";

export const selfHandlers: Handlers<typeof selfVerbs> = {
  whoami: async (tx, { organization, workstation, run, person, role }) => {
    const here =
      workstation === null ? null : await tx.controlWorkstations.findUnique({ where: { id: workstation } });
    const live = run === null ? null : await tx.jobsRuns.findUnique({ where: { id: run } });
    const job = live === null ? null : await tx.jobsJobs.findUnique({ where: { id: live.jobId } });
    return {
      result: {
        organization,
        workstation,
        workstation_name: here?.name ?? null,
        run,
        job: job?.id ?? null,
        title: job?.title ?? null,
        agent: live?.agent ?? null,
        person,
        role,
      },
    };
  },
};
