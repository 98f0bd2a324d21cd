/** Verbs of jobs. */
import { z } from "zod";
import { RUN_STATES, type RunState } from "../run-states.ts";
import { verb } from "./verb.ts";

const state = z.enum(RUN_STATES as [RunState, ...RunState[]]);

/** A job in a list. */
export const jobLine = z.object({
  job: z.string(),
  title: z.string(),
  state: state.nullable().describe("Of its latest run; null before its first"),
  run: z.string().nullable().describe("Its latest run"),
  agent: z.string(),
  workstation: z.string(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});

export const jobVerbs = {
  job_list: verb({
    summary:
      "Lists jobs, newest first. An agent sees those of its own workstation and those that it has made on others; a person sees all.",
    args: z.strictObject({
      state: z
        .array(state)
        .max(20)
        .optional()
        .describe("Only those whose latest run is in one of these states"),
      workstation: z.string().max(64).optional().describe("Only those on this workstation (name or id)"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({ jobs: z.array(jobLine) }),
    who: "both",
    effect: "read",
    command: "jobs list",
  }),
} as const;
