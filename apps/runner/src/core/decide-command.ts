/**
 * What becomes of a run that is a command: a pure function like `decide`, and simpler. A command is begun once: where nobody knows how
 * far it came it has failed, and only its job's retries run it again, as a new run (invariant 10).
 */
import { LIMITS } from "../limits.ts";
import { decide } from "./decide.ts";
import { type Decision, move, NOTHING, type RunSnapshot } from "./snapshot.ts";
import { isGone } from "./turn.ts";

export interface CommandSeen {
  /** What it has written. */
  output: string;
  /** Statuses with which it has done what it should. */
  accepts: readonly number[];
}

/** Says what to do with the run now. */
export function decideCommand(snapshot: RunSnapshot, command: CommandSeen, now: Date): Decision {
  // Its holds go on without it, and nobody can tell it of them.
  if (snapshot.run.state !== "running") return decide({ ...snapshot, holds: [], questions: [] }, now);
  const decided = decideTurn(snapshot, command);
  if (decided.kind !== "nothing") return decided;
  const leftMs = snapshot.run.timeoutMs - snapshot.run.workedMs;
  if (leftMs > 0) return { kind: "later", ms: leftMs };
  const seconds = Math.round(snapshot.run.timeoutMs / 1000);
  return move("timed_out", {
    error: `It was at work for ${seconds} seconds, which is all that it was given.`,
    result: command.output,
  });
}

function decideTurn(snapshot: RunSnapshot, { output, accepts }: CommandSeen): Decision {
  const { agentd, last, prompts, sessionEnded } = snapshot;
  if (prompts.some(({ sent }) => !sent)) return NOTHING;
  const died = hasDied(agentd);
  if (prompts.at(-1)?.begun !== true || last === null) return died ? sendAgain(snapshot) : NOTHING;
  if (last.body.kind === "prompt" && !died && sessionEnded === null) return NOTHING;
  return howItEnded(last.body, sessionEnded?.error ?? null, { output, accepts });
}

function hasDied(agentd: RunSnapshot["agentd"]): boolean {
  return agentd !== null && isGone(agentd) && agentd.caughtUp;
}

function howItEnded(
  body: NonNullable<RunSnapshot["last"]>["body"],
  lost: string | null,
  { output, accepts }: CommandSeen,
): Decision {
  const fail = (error: string): Decision => move("failed", { error, result: output });
  switch (body.kind) {
    case "prompt":
      return fail(`${lost ?? "The workstation does not know any more how it went."} It is not run twice.`);
    case "turn.failed":
      return fail(body.message);
    case "turn.ended": {
      if (body.stopReason === "cancelled") return fail("It was interrupted.");
      const status = statusOf(body.stopReason);
      if (status === null) return fail("It did not end by itself.");
      return accepts.includes(status)
        ? move("succeeded", { result: output })
        : fail(`It ended with status ${status}${lastWords(output)}`);
    }
  }
}

/** What a script says before it gives up is most often why it does. */
function lastWords(output: string): string {
  const line = output.trim().split("\n").at(-1)?.trim() ?? "";
  if (line === "") return ".";
  return line.length > LAST_WORDS_CHARACTERS_MAX
    ? `: ${line.slice(0, LAST_WORDS_CHARACTERS_MAX - 1)}…`
    : `: ${line}`;
}
const LAST_WORDS_CHARACTERS_MAX = 300;

/** It never began: agentd lost it before, or was made anew. */
function sendAgain({ run }: RunSnapshot): Decision {
  return run.epoch >= 2 * LIMITS.dispatchesMax
    ? move("failed", { error: "The workstation takes it again and again, and never begins it." })
    : move("queued", { resend: true });
}

/** The status in a turn's stop reason; null where there is none. */
export function statusOf(stopReason: string | null): number | null {
  if (stopReason === "end_turn") return 0;
  const status = /^exit-(?<status>\d{1,3})$/u.exec(stopReason ?? "")?.groups?.["status"];
  return status === undefined ? null : Number(status);
}
