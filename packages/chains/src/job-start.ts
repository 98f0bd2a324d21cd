/** Whether a job of a chain begins, once everything that it needs has ended. */
import type { ChainJob } from "./chain.ts";
import { asksForStatus, evaluate, isTrue } from "./expressions.ts";
import { type Fire, type NeedResult, surroundingsOf } from "./fire.ts";

export type JobStart = "begin" | "skipped" | "upstream_failed";

/**
 * `needs` has how each ended; a failure that does not cascade counts as succeeded. A skipped need skips, a failed one fails,
 * unless the job's `if` asks for the status itself (`always()`, `failure()`). An `if` that is not true skips.
 */
export function startOf(job: ChainJob, fire: Fire, needs: ReadonlyMap<string, NeedResult>): JobStart {
  const own = job.if !== null && asksForStatus(job.if);
  const results = [...needs.values()];
  if (!own && results.includes("failed")) return "upstream_failed";
  if (!own && results.includes("skipped")) return "skipped";
  return job.if === null || isTrue(evaluate(job.if, surroundingsOf(fire, job.matrix, needs)))
    ? "begin"
    : "skipped";
}
