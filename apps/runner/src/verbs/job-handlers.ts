/** Carries out the verbs of jobs. */
import type { jobVerbs } from "@nightgate/shared/verbs/job-verbs";
import type { Handlers } from "./caller.ts";
import { listJobs, workstationNamed } from "./seen-jobs.ts";

export const jobHandlers: Handlers<typeof jobVerbs> = {
  job_list: async (tx, caller, { state, workstation, limit }) => {
    const rows = await listJobs(tx, caller, {
      states: state ?? null,
      workstation: workstation === undefined ? null : await workstationNamed(tx, workstation),
      limit,
    });
    return {
      result: {
        jobs: rows.map(({ id, created_at, ended_at, ...row }) => ({
          job: id,
          ...row,
          created_at: created_at.toISOString(),
          ended_at: ended_at?.toISOString() ?? null,
        })),
      },
    };
  },
};
