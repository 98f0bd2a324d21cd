/** Waiting for a job that was just begun, and what the command ends with. */
import { WAIT_SECONDS_MAX } from "@nightgate/shared/verbs/verb";
import { z } from "zod";
import type { Transport } from "../transport.ts";

const begun = z.looseObject({ job: z.string(), run: z.string() });
const waited = z.looseObject({ done: z.boolean(), failed: z.boolean() });

export const EXITS = { well: 0, failed: 1, pending: 75 } as const;

/** Verbs that begin a run, or wait for some. */
const FOLLOWED: ReadonlySet<string> = new Set(["job_create", "job_run", "job_retry", "job_wait"]);

export function followsJob(verb: string): boolean {
  return FOLLOWED.has(verb);
}

/** Asks again until the jobs have ended or wait for a person. What has no run to wait for is answered as it is. */
export async function followJob(
  transport: Transport,
  first: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  let last = first;
  const jobs = jobsOf(first);
  if (jobs.length === 0) return first;
  while (!waited.safeParse(last).data?.done)
    last = await transport.call("job_wait", { jobs, wait_seconds: WAIT_SECONDS_MAX });
  return last;
}

function jobsOf(result: Record<string, unknown>): string[] {
  const one = begun.safeParse(result);
  if (one.success) return [one.data.job];
  const many = z.looseObject({ jobs: z.array(z.looseObject({ job: z.string() })) }).safeParse(result);
  return many.success ? many.data.jobs.map(({ job }) => job) : [];
}

/** Exit 0, 1 where a job that was waited for has ended otherwise than well or what was looked at is not right, 75 where it has not ended. */
export function exitAfter(result: Record<string, unknown>): number {
  if (result["ok"] === false) return EXITS.failed;
  const parsed = waited.safeParse(result);
  if (!parsed.success) return EXITS.well;
  if (!parsed.data.done) return EXITS.pending;
  return parsed.data.failed ? EXITS.failed : EXITS.well;
}
