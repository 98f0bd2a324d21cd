/** What a chain would do, before it does it: order, locks, what is skipped on which day, and when it fires next. */
import { nextFires } from "@nightgate/shared/schedule-times";
import type { Chain, ChainJob } from "./chain.ts";
import type { Fire, NeedResult } from "./fire.ts";
import { layers } from "./graph.ts";
import { type JobStart, startOf } from "./job-start.ts";

export interface PlannedJob {
  name: string;
  needs: string[];
  locks: string[];
  /** What would become of it if everything before it ends well. */
  start: JobStart;
  /** A triage may end it before a model is called. */
  hasTriage: boolean;
  /** Nothing that a model does: a command or a builtin. */
  withoutModel: boolean;
}

export interface Plan {
  /** Each layer can begin when the one before has ended. */
  layers: PlannedJob[][];
  nextFires: Date[];
}

/** The plan for one fire. `timeZone` is the organization's, for schedules that name none. */
export function planChain(chain: Chain, fire: Fire, timeZone: string, count = 5): Plan {
  const byName = new Map(chain.jobs.map((job) => [job.name, job]));
  const starts = new Map<string, JobStart>();
  const order = layers(new Map(chain.jobs.map(({ name, needs }) => [name, needs])));
  for (const name of order.flat()) {
    const job = byName.get(name);
    if (job === undefined) continue;
    const needs = new Map<string, NeedResult>(
      job.needs.map((needed) => [needed, starts.get(needed) === "begin" ? "succeeded" : "skipped"]),
    );
    starts.set(name, startOf(job, fire, needs));
  }
  const planned = (job: ChainJob): PlannedJob => ({
    name: job.name,
    needs: job.needs,
    locks: job.locks.map(({ name }) => name),
    start: starts.get(job.name) ?? "begin",
    hasTriage: job.work.kind === "agent" && job.work.triage !== null,
    withoutModel: job.work.kind !== "agent",
  });
  return {
    layers: order.map((layer) => layer.flatMap((name) => byName.get(name) ?? []).map(planned)),
    nextFires: chain.schedules
      .flatMap((schedule) => nextFires(schedule.cron, schedule.timeZone ?? timeZone, fire.at, count))
      .toSorted((one, other) => one.getTime() - other.getTime())
      .slice(0, count),
  };
}
