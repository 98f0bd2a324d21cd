/**
 * What agentd and the runner say to each other: JSON messages over one WebSocket, which agentd dials on runner.sock.
 * Which workstation it is, the runner knows from the socket's path and never from a message (invariant 1).
 * Every command carries an id and may be sent again: agentd answers a repeated id from memory and does the work once.
 */
import { z } from "zod";
import { runId } from "./ids.ts";
import { runEvent } from "./run-events.ts";
import { verbCallId, verbOutcome } from "./verbs/verb.ts";

export const AGENTD_PROTOCOL_VERSION = 1;
export const AGENTS = ["claude", "codex", "opencode"] as const;
export type AgentName = (typeof AGENTS)[number];

/** A path below a folder of the workstation: relative, and never above it. `~/` is below the home folder, whatever folder is meant otherwise. */
export const pathBelow = z
  .string()
  .max(500)
  .refine(
    (path) => !path.startsWith("/") && !path.includes("\u0000") && !path.split("/").includes(".."),
    "must be a path below the folder",
  );

/** A variable of a command. */
export const commandVariables = z
  .record(z.string().regex(/^[A-Z_][A-Z0-9_]{0,99}$/), z.string().max(10_000))
  .refine((variables) => Object.keys(variables).length <= 100, "are more than 100");

/** A run as agentd knows it: `working` in a turn, `idle` between turns, `ended` when no process is left. */
export const agentdRun = z.object({
  run: runId,
  phase: z.enum(["starting", "working", "idle", "ended"]),
  /** The agent's own session id, to resume it. */
  session: z.string().max(200).nullable(),
  lastSeq: z.int().min(0),
});
export type AgentdRun = z.infer<typeof agentdRun>;

export const agentdMessage = z.discriminatedUnion("type", [
  /** First message of every connection. */
  z.object({
    type: z.literal("hello"),
    protocol: z.literal(AGENTD_PROTOCOL_VERSION),
    version: z.string().max(50),
    /** Changes when the workstation was started anew. */
    boot: z.string().max(64),
    agents: z.array(z.string().max(50)).max(20),
    runs: z.array(agentdRun).max(10_000),
  }),
  z.object({
    type: z.literal("reply"),
    id: z.string().max(64),
    ok: z.boolean(),
    error: z.string().max(4000).optional(),
  }),
  z.object({ type: z.literal("events"), run: runId, events: z.array(runEvent).max(500) }),
  z.object({ type: z.literal("run"), run: agentdRun }),
  /** Somebody inside asks for a verb. `run` is a hint: it must be a run of this workstation. Sent again with the same id until it is answered. */
  z.object({
    type: z.literal("verb"),
    id: verbCallId,
    run: runId.nullable(),
    verb: z.string().min(1).max(64),
    args: z.unknown(),
  }),
]);
export type AgentdMessage = z.infer<typeof agentdMessage>;

export const runnerMessage = z.discriminatedUnion("type", [
  z.object({
    /** Starts the run; for one that has ended, starts its agent again. For one that is live it is the same as run.prompt. */
    type: z.literal("run.start"),
    id: z.string().max(64),
    run: runId,
    agent: z.enum(AGENTS),
    /** Resume this session of the agent, made by an earlier run; null starts a fresh one. */
    session: z.string().max(200).nullable(),
    /** A session of its own, whatever the workstation remembers of this run. */
    fresh: z.boolean().optional(),
    /** Cloned into `~/work/<folder>` if it is not there; the agent starts in it. */
    repository: z
      .object({ url: z.string().max(2000), folder: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/) })
      .nullable(),
    /** Events of this run that the runner has: a workstation that was made anew goes on numbering after them. */
    after: z.int().min(0).default(0),
    /** The first prompt: agentd starts the turn by itself. `prompt` makes it happen once. */
    prompt: z.string().max(64),
    text: z.string().max(256 * 1024),
    /** A file below the repository's folder (or the home folder) that is read when the turn begins; its text comes before `text`. */
    file: pathBelow.optional(),
  }),
  /**
   * A run without an agent: one command, as the workstation's user, in a process group of its own. It is one turn of the run: `prompt` makes
   * it happen once. Output is its tool call's; the turn ends with `end_turn` for status 0, else with `exit-<status>`.
   */
  z.object({
    type: z.literal("command.run"),
    id: z.string().max(64),
    run: runId,
    prompt: z.string().max(64),
    /** As in run.start. */
    repository: z
      .object({ url: z.string().max(2000), folder: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/) })
      .nullable(),
    /** Where it runs, below the repository's folder or the home folder; empty is that folder itself. */
    folder: pathBelow,
    /** A program or a shell script below `folder`. */
    command: pathBelow.min(1),
    env: commandVariables,
    timeoutSeconds: z.int().min(1).max(604_800),
    /** Of what it writes the end is kept. */
    outputBytesMax: z
      .int()
      .min(1)
      .max(1024 * 1024),
    after: z.int().min(0).default(0),
  }),
  /** One more prompt for a live session: queued behind the turn that is under way. */
  z.object({
    type: z.literal("run.prompt"),
    id: z.string().max(64),
    run: runId,
    prompt: z.string().max(64),
    text: z.string().max(256 * 1024),
  }),
  /** ACP session/cancel: ends the turn, keeps the session. */
  z.object({ type: z.literal("run.interrupt"), id: z.string().max(64), run: runId }),
  /** Ends the agent's process (asked first, then killed, its whole process group). */
  z.object({ type: z.literal("run.stop"), id: z.string().max(64), run: runId }),
  /** Send every event after `after`, then go on live. Sent for each run that the runner wants. */
  z.object({ type: z.literal("events.follow"), id: z.string().max(64), run: runId, after: z.int().min(0) }),
  /** Stored durably up to and with `seq`. */
  z.object({ type: z.literal("events.ack"), run: runId, seq: z.int().min(0) }),
  /** What became of a verb. */
  z.object({ type: z.literal("verb.result"), id: verbCallId, outcome: verbOutcome }),
]);
export type RunnerMessage = z.infer<typeof runnerMessage>;

/** One message of either side, as bytes on the wire. */
export const AGENTD_MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
