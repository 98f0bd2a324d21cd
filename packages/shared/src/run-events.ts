/**
 * Events: what happened in a run, append-only, numbered from 1 by agentd, which writes them to the workstation's disk first.
 * The runner copies them to Postgres in order; the pages draw the conversation from nothing else.
 */
import { z } from "zod";

const text = z.string().max(256 * 1024);

/** One tool call as the Agent Client Protocol tells of it, updated in place by `call`. */
export const toolCall = z.object({
  call: z.string().max(200),
  title: text,
  /** ACP's tool kind: read, edit, delete, move, search, execute, think, fetch, other. */
  tool: z.string().max(50),
  status: z.enum(["pending", "in_progress", "completed", "failed"]),
  /** The exact input, as JSON, cut at a limit. */
  input: text.optional(),
  /** What came back, as text, cut at a limit. */
  output: text.optional(),
  diffs: z
    .array(z.object({ path: z.string().max(4096), before: text.nullable(), after: text }))
    .max(100)
    .optional(),
});
export type ToolCall = z.infer<typeof toolCall>;

/** What an event says. `user` and `agent` texts are whole messages: agentd joins the chunks of a stream before it writes them. */
export const runEventBody = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("session.started"),
    agent: z.string().max(50),
    session: z.string().max(200),
    resumed: z.boolean(),
  }),
  z.object({ kind: z.literal("prompt"), prompt: z.string().max(64), text }),
  z.object({ kind: z.literal("agent.message"), text }),
  z.object({ kind: z.literal("agent.thought"), text }),
  z.object({ kind: z.literal("tool"), ...toolCall.shape }),
  z.object({
    kind: z.literal("plan"),
    entries: z.array(z.object({ text, status: z.string().max(50) })).max(200),
  }),
  z.object({ kind: z.literal("note"), text }),
  z.object({ kind: z.literal("turn.ended"), prompt: z.string().max(64), stopReason: z.string().max(50) }),
  /** The turn failed; the session lives on, or never began. */
  z.object({ kind: z.literal("turn.failed"), prompt: z.string().max(64), message: text }),
  /** The agent's process is gone, and with it the turn that was under way; `error` says why when it was not asked to go. */
  z.object({ kind: z.literal("session.ended"), error: text.nullable() }),
  /** Written by the runner's side from what the gate says; agentd never writes these. */
  z.object({ kind: z.literal("hold"), hold: z.string(), state: z.string(), words: text }),
]);
export type RunEventBody = z.infer<typeof runEventBody>;

/**
 * What the run engine itself did with a run and why, beside the events that the workstation writes: kept in jobs.marks, drawn among them
 * by their time. The rungs of the stall ladder are of kind `stall`, and their ids end in the rung.
 */
export const MARK_KINDS = ["stall", "budget", "night", "result", "question", "fallback"] as const;
export type MarkKind = (typeof MARK_KINDS)[number];
/** What is tried with a run that makes no progress, one after the other; the last asks a person. */
export const STALL_RUNGS = ["nudge", "interrupt", "resume", "fresh", "ask"] as const;
export type StallRung = (typeof STALL_RUNGS)[number];

export const runEvent = z.object({
  seq: z.int().min(1),
  /** Milliseconds since the epoch, by the workstation's clock. */
  at: z.int(),
  body: runEventBody,
});
export type RunEvent = z.infer<typeof runEvent>;
