/** Verbs of schedules: work, or words, at a time. */
import { z } from "zod";
import { newJobShape } from "./job-verbs.ts";
import { instantText, verb } from "./verb.ts";
import { cronRules } from "./when-shape.ts";

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .optional()
  .describe("Left out, the first line of what it says");
const at = instantText
  .optional()
  .describe(
    "The instant, such as 2026-11-22T06:00:00+01:00, or 06:00: when clocks in timezone show that next",
  );
const inSeconds = z
  .int()
  .min(1)
  .max(31_536_000)
  .optional()
  .describe("Instead of at: so many seconds from now");
const timezone = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe("The zone of cron, or of a time of day, such as Europe/Berlin; left out, the organization's");
const zoneOfCron = timezone.describe("The zone of cron, such as Europe/Berlin; left out, the organization's");
const cron = z
  .string()
  .min(1)
  .max(200)
  .describe("Five fields (a sixth in front for seconds), or @daily and kin");
const schedule = z.string().min(1).max(64).describe("Its id, `sch_...`");

const made = z.object({
  schedule: z.string(),
  job: z.string(),
  next: z.array(z.iso.datetime()).describe("When it fires next"),
});

export const scheduleVerbs = {
  schedule_create: verb({
    summary: "Creates a job that begins once, at a time.",
    args: z.strictObject({ ...newJobShape, at, in_seconds: inSeconds, timezone, name }),
    result: made,
    who: "both",
    effect: "write",
    command: "schedule create",
    positional: ["prompt"],
  }),
  schedule_cron: verb({
    summary: "Creates a job that begins again and again, by a cron expression in a time zone.",
    args: z.strictObject({ cron, ...newJobShape, timezone: zoneOfCron, ...cronRules, name }),
    result: made,
    who: "both",
    effect: "write",
    command: "schedule cron",
    positional: ["cron", "prompt"],
  }),
  schedule_self: verb({
    summary:
      "Says words to your own job at a time, or again and again: into your session, which is taken up for it. For example to look again at something in an hour.",
    args: z.strictObject({
      text: newJobShape.prompt.describe("What you will be told"),
      at,
      in_seconds: inSeconds,
      cron: cron.optional(),
      timezone,
      name,
    }),
    result: made,
    who: "agent",
    effect: "write",
    command: "schedule self",
    positional: ["text"],
  }),
  schedule_preview: verb({
    summary: "Says when a cron expression would fire next, before anything is made of it.",
    args: z.strictObject({
      cron,
      timezone: zoneOfCron,
      count: z.int().min(1).max(50).default(5).describe("So many times"),
    }),
    result: z.object({ timezone: z.string(), next: z.array(z.iso.datetime()) }),
    who: "both",
    effect: "read",
    command: "schedule preview",
    positional: ["cron"],
  }),
  schedule_list: verb({
    summary:
      "Lists schedules with their next times: an agent's own and its workstation's, a person's organization's.",
    args: z.strictObject({ limit: z.int().min(1).max(200).default(50).describe("At most so many") }),
    result: z.object({
      schedules: z.array(
        z.object({
          schedule: z.string(),
          name: z.string(),
          job: z.string(),
          workstation: z.string().describe("Its name"),
          cron: z.string().nullable().describe("Null where it fires once"),
          timezone: z.string(),
          paused: z.boolean(),
          next: z.iso.datetime().nullable(),
        }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "schedule list",
  }),
  schedule_pause: verb({
    summary:
      "Lets a schedule rest, or go on with its next time. What passes meanwhile is not made up for, and a run that is going goes on.",
    args: z.strictObject({
      schedule,
      paused: z.boolean().default(true).describe("False lets it go on"),
    }),
    result: z.object({ schedule: z.string(), paused: z.boolean(), next: z.iso.datetime().nullable() }),
    who: "both",
    effect: "write",
    command: "schedule pause",
    positional: ["schedule"],
  }),
  schedule_run: verb({
    summary: "Fires a schedule now, besides its times.",
    args: z.strictObject({ schedule }),
    result: z.object({
      schedule: z.string(),
      run: z.string().nullable().describe("Null where it is a chain's, whose night begins"),
    }),
    who: "both",
    effect: "write",
    command: "schedule run",
    positional: ["schedule"],
  }),
  schedule_delete: verb({
    summary: "Ends a schedule. Its job and the runs that it has begun stay.",
    args: z.strictObject({ schedule }),
    result: z.object({ schedule: z.string() }),
    who: "both",
    effect: "write",
    command: "schedule delete",
    positional: ["schedule"],
  }),
} as const;
