/** Verbs of locks. */
import { z } from "zod";
import { verb } from "./verb.ts";

const key = z.string().min(1).max(200).describe("The lock's key, as the list has it");

export const lockVerbs = {
  lock_list: verb({
    summary:
      "Lists the locks that people and jobs have named, such as gpu: how many runs may have each, which have it, and how many wait.",
    args: z.strictObject({}),
    result: z.object({
      locks: z.array(
        z.object({
          lock: z.string(),
          key: z.string().describe("What release and set are told"),
          workstation: z.string().nullable().describe("Its name; null is the organization's"),
          capacity: z.int(),
          held_by: z.array(z.string()).describe("Runs at work with it"),
          waiting: z.int().describe("Queued runs that need it"),
        }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "locks list",
  }),
  lock_release: verb({
    summary: "Takes a lock away from runs that have it, so that others can begin. Owners and admins.",
    args: z.strictObject({ key, run: z.string().min(1).max(64).optional().describe("From this run only") }),
    result: z.object({ key: z.string(), released: z.array(z.string()).describe("Runs that had it") }),
    who: "person",
    effect: "write",
    command: "locks release",
    positional: ["key"],
  }),
  lock_set: verb({
    summary: "Sets how many runs may have a lock at once. Owners and admins.",
    args: z.strictObject({ key, capacity: z.int().min(1).max(10_000).describe("So many") }),
    result: z.object({ key: z.string(), capacity: z.int() }),
    who: "person",
    effect: "write",
    command: "locks set",
    positional: ["key", "capacity"],
  }),
} as const;
