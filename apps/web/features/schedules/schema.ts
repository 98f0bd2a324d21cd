/** What the API takes about schedules. The ids come from the browser, so that sending twice does the work once. */
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { jobId, resourceId, runId, scheduleId, workstationId } from "@nightgate/shared/ids";
import { scheduleWhen } from "@nightgate/shared/jobs-inbox";
import { z } from "zod";

export const createScheduleInput = z.object({
  schedule: scheduleId,
  job: jobId,
  name: z.string().trim().min(1, "give it a name").max(100, "is longer than 100 characters"),
  when: scheduleWhen,
  missed: z.enum(["coalesce", "all", "none"]),
  overlap: z.enum(["skip", "queue", "cancel-running"]),
  continuity: z.enum(["fresh", "resume"]),
  successesMax: z.int().min(1).max(100_000).nullable(),
  workstation: workstationId,
  agent: z.enum(AGENTS),
  repository: resourceId.nullable(),
  prompt: z
    .string()
    .trim()
    .min(1, "say what is to be done")
    .max(100_000, "is longer than 100,000 characters"),
});
export type CreateScheduleInput = z.infer<typeof createScheduleInput>;

export const previewInput = z.object({
  cron: z.string().trim().min(1, "write an expression").max(200),
  timeZone: z.string().min(1).max(64),
});
export const previewAnswer = z.object({ words: z.string().nullable(), fires: z.array(z.string()) });
export type Preview = z.infer<typeof previewAnswer>;

export const scheduleInput = z.object({ schedule: scheduleId });
export const pauseScheduleInput = z.object({ schedule: scheduleId, paused: z.boolean() });
export const fireScheduleInput = z.object({ schedule: scheduleId, run: runId });
