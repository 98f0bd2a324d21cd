/** Verbs of chains: jobs that need each other, declared in one YAML document. */
import { z } from "zod";
import { pathBelow } from "../agentd-protocol.ts";
import { verb } from "./verb.ts";

const chain = z.string().min(1).max(64).describe("Its name or id");
const document = z.string().min(1).max(262_144).describe("The YAML, as text");
const instant = z.iso.datetime();
const fault = z.object({ line: z.int(), column: z.int(), message: z.string() });
const at = z.iso
  .datetime({ offset: true })
  .optional()
  .describe(
    "The instant for which it is asked (weekday and date are those of the chain's zone); left out, now",
  );

const plannedJob = z.object({
  job: z.string(),
  kind: z.enum(["agent", "command", "builtin"]),
  layer: z.int().describe("Jobs of a layer can begin when those before have ended"),
  needs: z.array(z.string()),
  locks: z.array(z.string()),
  deliver: z.array(z.string()),
  has_triage: z.boolean(),
  start: z
    .enum(["begin", "skipped", "upstream_failed"])
    .describe("What becomes of it when all before it ends well"),
});

const nightLine = z.object({
  chain_run: z.string(),
  chain: z.string(),
  state: z.enum(["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]),
  reason: z.enum(["schedule", "manual"]),
  fire_at: instant,
  timezone: z.string(),
  started_at: instant.nullable(),
  ended_at: instant.nullable(),
});

const chainLine = z.object({
  chain: z.string(),
  name: z.string(),
  workstation: z.string(),
  enabled: z.boolean(),
  jobs: z.int(),
  next: instant.nullable().describe("When a schedule begins it next"),
  last: nightLine.nullable(),
});

export const chainVerbs = {
  chain_validate: verb({
    summary:
      "Reads a chain without keeping it, and says everything that is wrong with it, with line and column.",
    args: z.strictObject({ document }),
    result: z.object({ ok: z.boolean(), name: z.string().nullable(), jobs: z.int(), faults: z.array(fault) }),
    who: "both",
    effect: "read",
    command: "chains validate",
    positional: ["document"],
    files: ["document"],
  }),
  chain_plan: verb({
    summary:
      "Says what a chain would do: its order, its locks, what is skipped on that day, and its next times.",
    args: z.strictObject({
      document: document.optional().describe("The YAML, as text; left out, the chain as it was applied"),
      chain: chain.optional(),
      at,
    }),
    result: z.object({
      name: z.string(),
      timezone: z.string(),
      jobs: z.array(plannedJob).describe("In the order in which they can begin"),
      locks: z.array(z.object({ name: z.string(), scope: z.string(), capacity: z.int() })),
      next: z.array(instant),
    }),
    who: "both",
    effect: "read",
    command: "chains plan",
    positional: ["document"],
    files: ["document"],
  }),
  chain_apply: verb({
    summary:
      "Keeps a chain as its document says, with its schedules; the same document again changes nothing. A night that is going goes on as it began.",
    args: z.strictObject({
      document,
      workstation: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe("Where its jobs run: a workstation's name or id; left out, the document's, or your own"),
      repository: z
        .string()
        .min(1)
        .max(2000)
        .optional()
        .describe(
          "Where its prompt files and scripts lie: a repository's name or URL; left out, the document's, or the home folder",
        ),
      folder: pathBelow
        .optional()
        .describe(
          "The folder of prompt files and scripts, below the repository's folder or the home folder (`~/...` is always below that); left out, the file's own, or as it was",
        ),
    }),
    result: z.object({
      chain: z.string(),
      name: z.string(),
      changed: z.boolean().describe("False where all of it was so already"),
      jobs: z.int(),
      next: z.array(instant),
    }),
    who: "both",
    effect: "write",
    command: "chains apply",
    positional: ["document"],
    files: ["document"],
    folder: "folder",
  }),
  chain_list: verb({
    summary: "Lists chains with their next times and last nights.",
    args: z.strictObject({ limit: z.int().min(1).max(200).default(50).describe("At most so many") }),
    result: z.object({ chains: z.array(chainLine) }),
    who: "both",
    effect: "read",
    command: "chains list",
  }),
  chain_run: verb({
    summary: "Begins a night of a chain now. While another one of it goes, it waits for that.",
    args: z.strictObject({ chain, at }),
    result: z.object({ chain_run: z.string() }),
    who: "both",
    effect: "write",
    command: "chains run",
    positional: ["chain"],
  }),
  chain_show: verb({
    summary: "Shows a chain, or one of its nights, with what became of each job.",
    args: z.strictObject({
      chain: chain.optional(),
      chain_run: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe("A night, `chr_...`; left out, the chain's latest"),
    }),
    result: z.object({
      chain: chainLine,
      night: nightLine.nullable(),
      jobs: z.array(
        z.object({
          job: z.string(),
          kind: z.string(),
          needs: z.array(z.string()),
          state: z.string(),
          triage: z.string().nullable().describe("GREEN, YELLOW, RED or ERROR"),
          run: z.string().nullable(),
          result: z.string().describe("Cut where it is long"),
          error: z.string(),
          started_at: instant.nullable(),
          ended_at: instant.nullable(),
        }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "chains show",
    positional: ["chain"],
  }),
  chain_cancel: verb({
    summary: "Ends a night: what runs of it is cancelled, what has not begun never begins.",
    args: z.strictObject({
      chain: chain.optional().describe("Its name or id: all of its nights that go or wait"),
      chain_run: z.string().min(1).max(64).optional().describe("One night, `chr_...`"),
    }),
    result: z.object({ cancelled: z.array(z.string()) }),
    who: "both",
    effect: "write",
    command: "chains cancel",
    positional: ["chain"],
  }),
  chain_pause: verb({
    summary: "Lets a chain's schedules rest, or go on with their next times. A night that is going goes on.",
    args: z.strictObject({
      chain,
      paused: z.boolean().default(true).describe("False lets them go on"),
    }),
    result: z.object({ chain: z.string(), enabled: z.boolean() }),
    who: "both",
    effect: "write",
    command: "chains pause",
    positional: ["chain"],
  }),
  chain_delete: verb({
    summary: "Takes a chain and its schedules away. Its nights and runs stay to be read.",
    args: z.strictObject({ chain }),
    result: z.object({ chain: z.string() }),
    who: "both",
    effect: "write",
    command: "chains delete",
    positional: ["chain"],
  }),
} as const;
