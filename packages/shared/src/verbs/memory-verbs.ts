/** Verbs of memory: what agents write down for each other. Small, shared, searched by words; every change can be undone. */
import { z } from "zod";
import { verb } from "./verb.ts";

export const MEMORY_KINDS = ["fact", "lesson", "habit", "decision", "note"] as const;

const slug = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$/)
  .describe("Its name: small letters, digits and hyphens, such as `flaky-auth-test`");
const scope = z
  .string()
  .max(64)
  .optional()
  .describe(
    "`organization`, `repository` (your run's), or a repository's id; left out: your run's repository if it has one",
  );
const why = z.string().trim().max(500).default("").describe("Why, for whoever reads the history");

const memory = z.object({
  slug: z.string(),
  scope: z.string().describe("`organization`, or the repository's id"),
  kind: z.enum(MEMORY_KINDS),
  text: z.string(),
  tags: z.array(z.string()),
  weight: z.int().describe("1 to 100: how much it has been worth so far"),
  updated_at: z.iso.datetime(),
});

const change = z.object({
  change: z.string().describe("The id of the change, for memory_undo"),
  slug: z.string(),
  operation: z.string(),
  why: z.string(),
  by: z.string().describe("A run, a person, or the platform"),
  at: z.iso.datetime(),
  undone: z.boolean(),
});

const links = z.array(z.object({ slug: z.string(), weight: z.int() }));

export const memoryVerbs = {
  memory_search: verb({
    summary:
      "Finds what was written down before, by words: look here before you begin something. It searches the organization's memory and your repository's.",
    args: z.strictObject({
      query: z.string().trim().min(1).max(500).describe("Words; not all of them have to occur"),
      kind: z.enum(MEMORY_KINDS).optional().describe("Only of this kind"),
      tag: z.string().max(40).optional().describe("Only with this tag"),
      limit: z.int().min(1).max(50).default(10).describe("At most so many"),
    }),
    result: z.object({ memories: z.array(memory.extend({ linked: z.array(z.string()) })) }),
    who: "both",
    effect: "read",
    command: "memory search",
    positional: ["query"],
  }),
  memory_list: verb({
    summary: "Lists what is remembered, heaviest first.",
    args: z.strictObject({
      scope,
      kind: z.enum(MEMORY_KINDS).optional().describe("Only of this kind"),
      tag: z.string().max(40).optional().describe("Only with this tag"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({ memories: z.array(memory) }),
    who: "both",
    effect: "read",
    command: "memory list",
  }),
  memory_show: verb({
    summary: "One memory with its links and the history of its changes.",
    args: z.strictObject({ slug, scope }),
    result: z.object({ memory, links, source: z.string(), changes: z.array(change) }),
    who: "both",
    effect: "read",
    command: "memory show",
    positional: ["slug"],
  }),
  memory_write: verb({
    summary:
      "Writes down what the next one should know: one thing each, short, true without this conversation. The same slug again replaces it.",
    args: z.strictObject({
      slug,
      text: z
        .string()
        .trim()
        .min(1)
        .max(4_000)
        .describe("What to remember; at most 4000 characters. Never a secret"),
      kind: z.enum(MEMORY_KINDS).default("fact").describe("What sort of thing it is"),
      tags: z
        .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/))
        .max(10)
        .default([])
        .describe("Words to find it by"),
      links: z.array(slug).max(10).default([]).describe("Slugs of memories that belong to it"),
      scope,
      why,
    }),
    result: z.object({ memory, change: z.string(), replaced: z.boolean() }),
    who: "both",
    effect: "write",
    command: "memory write",
    positional: ["slug", "text"],
  }),
  memory_reinforce: verb({
    summary:
      "Warms what has helped and cools what has not: one memory by your word (`slug` and `useful`), or all by what became of the runs that were shown them.",
    args: z.strictObject({
      slug: slug.optional().describe("This one; left out, all that ended runs have used"),
      useful: z.boolean().default(true).describe("With `slug`: whether it helped"),
      since: z.iso
        .datetime()
        .optional()
        .describe("Only uses since then; each use counts once however often you ask"),
      scope,
    }),
    result: z.object({ warmed: z.int(), cooled: z.int(), change: z.string().nullable() }),
    who: "both",
    effect: "write",
    command: "memory reinforce",
    positional: ["slug"],
  }),
  memory_forget: verb({
    summary: "Takes a memory away. It can be undone.",
    args: z.strictObject({ slug, scope, why }),
    result: z.object({ change: z.string() }),
    who: "both",
    effect: "write",
    command: "memory forget",
    positional: ["slug"],
  }),
  memory_changes: verb({
    summary:
      "What was changed of late, newest first: written, warmed, forgotten, merged. Each can be undone.",
    args: z.strictObject({
      limit: z.int().min(1).max(100).default(20).describe("At most so many"),
    }),
    result: z.object({
      changes: z.array(
        z.object({
          change: z.string().describe("For memory_undo"),
          operation: z.string(),
          slugs: z.array(z.string()).describe("What it changed; the first twenty"),
          count: z.int(),
          why: z.string(),
          by: z.string().describe("A run, a person, or the platform"),
          at: z.iso.datetime(),
          undone: z.boolean(),
        }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "memory changes",
  }),
  memory_undo: verb({
    summary:
      "Takes a change back, exactly: what it touched is as it was before, unless it was changed again since.",
    args: z.strictObject({
      change: z
        .string()
        .min(1)
        .max(64)
        .describe("From memory_changes or memory_show, or from what made the change"),
    }),
    result: z.object({ restored: z.array(z.string()), change: z.string() }),
    who: "both",
    effect: "write",
    command: "memory undo",
    positional: ["change"],
  }),
  memory_consolidate: verb({
    summary:
      "Tidies up: forgets what was worth nothing (prune), makes one of what says the same (merge), or gives an agent the rest to make less of it (synthesise).",
    args: z.strictObject({
      mode: z.enum(["prune", "merge", "synthesise"]).describe("synthesise does the other two first"),
      scope,
      dry_run: z.boolean().default(false).describe("Only say what would be done"),
    }),
    result: z.object({
      pruned: z.array(z.string()),
      merged: z.array(z.string()),
      prompt: z.string().nullable().describe("With synthesise: what an agent should be asked"),
      change: z.string().nullable(),
    }),
    who: "both",
    effect: "write",
    command: "memory consolidate",
    positional: ["mode"],
  }),
} as const;
