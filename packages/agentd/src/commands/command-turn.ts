/** The one turn of a run that is a command: its folder, its process, and what is written of it into the run's log. */
import { LIMITS } from "../limits.ts";
import { ensureClone } from "../runs/clone.ts";
import type { EventLog } from "../runs/event-log.ts";
import type { RunSurroundings } from "../runs/live-session.ts";
import { runHints } from "../runs/run-hints.ts";
import type { RunRecord } from "../runs/run-record.ts";
import type { CommandSpec } from "./command-spec.ts";
import { type CommandEnd, runCommand } from "./run-command.ts";

export interface CommandTurn {
  record: RunRecord;
  log: EventLog;
  surroundings: RunSurroundings;
  save: () => Promise<void>;
  spec: CommandSpec;
  prompt: string;
  /** The turn is to end; the run may go on. */
  interrupted: AbortSignal;
  /** The run is to end. */
  stopping: AbortSignal;
}

/** Runs the command and writes how it went. Throws the Problem of what kept it from beginning. */
export async function commandTurn(turn: CommandTurn): Promise<void> {
  const { record, log, surroundings, save, spec, prompt } = turn;
  record.live = true;
  await save();
  await surroundings.refresh();
  const environment = surroundings.environment();
  const env: Record<string, string> = { ...environment, ...runHints(record.run, environment) };
  const signal = AbortSignal.any([turn.interrupted, turn.stopping]);
  record.folder = await baseFolder(turn, env, signal);
  const tell = (status: "in_progress" | "completed" | "failed", output: string): void =>
    log.append({
      kind: "tool",
      call: prompt,
      title: spec.command,
      tool: "execute",
      status,
      input: JSON.stringify({ command: spec.command, folder: spec.folder }),
      output: output.slice(-LIMITS.toolTextCharactersMax),
    });
  tell("in_progress", "");
  const end = await runCommand({
    spec,
    base: record.folder,
    env,
    user: surroundings.user,
    clock: surroundings.clock,
    signal,
    onOutput: (text) => tell("in_progress", text.slice(-LIMITS.commandOutputTellCharactersMax)),
  });
  tell(end.kind === "exit" && end.status === 0 ? "completed" : "failed", end.output);
  writeEnd(turn, end);
  record.live = false;
  await save();
}

function writeEnd({ log, prompt, stopping }: CommandTurn, end: CommandEnd): void {
  if (end.kind === "exit") {
    const stopReason = end.status === 0 ? "end_turn" : `exit-${end.status}`;
    return log.append({ kind: "turn.ended", prompt, stopReason });
  }
  if (end.why === "stopped" && stopping.aborted) return log.append({ kind: "session.ended", error: null });
  if (end.why === "stopped") return log.append({ kind: "turn.ended", prompt, stopReason: "cancelled" });
  log.append({ kind: "turn.failed", prompt, message: end.words });
}

async function baseFolder(
  { record, log, surroundings }: CommandTurn,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<string> {
  if (record.repository === null) return surroundings.user.home;
  return await ensureClone(record.repository, {
    user: surroundings.user,
    env,
    signal,
    onProgress: (text) => log.append({ kind: "note", text }),
  });
}
