/** When a job begins, as verbs ask for it: the same words for a job and for a schedule. */
import { z } from "zod";
import { instantText } from "./verb.ts";

/** What a schedule does with its times. */
export const cronRules = {
  missed: z
    .enum(["coalesce", "all", "none"])
    .default("coalesce")
    .describe("What cron does about times that passed while nobody looked"),
  overlap: z
    .enum(["skip", "queue", "cancel-running"])
    .default("skip")
    .describe("What cron does while the run before is still going"),
  continuity: z
    .enum(["fresh", "resume"])
    .default("fresh")
    .describe("Whether each time of cron has a new session, or goes on with the last one"),
  process_scope: z
    .enum(["per-fire", "persistent"])
    .default("per-fire")
    .describe(
      "persistent: one worker for all times of cron; one that comes while it is at work reaches it as words",
    ),
};

/** At a time, or again and again. */
export const whenShape = {
  due_at: instantText
    .optional()
    .describe(
      "Begins then and not before, such as 2026-11-21T23:00:00+01:00, or 23:00: when clocks in timezone show that next",
    ),
  cron: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Begins again and again: five fields (a sixth in front for seconds), or @daily and kin"),
  timezone: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("The zone of cron, or of a time of day, such as Europe/Berlin; left out, the organization's"),
  ...cronRules,
};
