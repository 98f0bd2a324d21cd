/** Runs one command as the workstation's user, in a process group of its own, until it ends, its time is over, or it is stopped. */
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../limits.ts";
import { type AgentUser, endGroup, startAsAgent, whenEnded } from "../runs/processes.ts";
import type { CommandSpec } from "./command-spec.ts";
import { keepEnd } from "./keep-end.ts";
import { whereIs } from "./where.ts";

export interface CommandOptions {
  spec: CommandSpec;
  /** The repository's folder, or the home folder. */
  base: string;
  env: Record<string, string>;
  user: AgentUser;
  clock: Clock;
  /** Stops it when it aborts. */
  signal: AbortSignal;
  /** Called now and then with the end of what it has written so far. */
  onOutput(text: string): void;
}

export type CommandEnd =
  | { kind: "exit"; status: number; output: string }
  /** It did not end by itself, or never began. */
  | { kind: "ended"; why: "time" | "stopped" | "signal" | "start"; words: string; output: string };

/** 127 is a shell's own word for what is not there. */
const SCRIPT = `cd -- "$1" || exit 127
case "$2" in */*) path="$2" ;; *) path="./$2" ;; esac
[ -f "$path" ] || { echo "There is no $2 in $1." >&2; exit 127; }
if [ -x "$path" ]; then exec "$path"; else exec sh "$path"; fi`;

/** Runs it. Never throws: how it ended is the answer. */
export async function runCommand(options: CommandOptions): Promise<CommandEnd> {
  const { spec, base, env, user, clock, signal } = options;
  const folder = whereIs(spec.folder, base, user.home);
  const child = startAsAgent("/bin/sh", ["-c", SCRIPT, "command", folder, spec.command], {
    user,
    cwd: "/",
    env: { ...env, ...spec.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kept = keepEnd(spec.outputBytesMax);
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (piece: Buffer) => kept.add(piece));
  const over = new AbortController();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ended = whenEnded(child);
  void tellNowAndThen(options, () => kept.text(), over.signal);
  const until = AbortSignal.any([signal, over.signal]);
  const first = await Promise.race([
    ended.then(() => "ended" as const),
    clock.wait(spec.timeoutSeconds * 1000, until).then(
      () => "time" as const,
      () => "stopped" as const,
    ),
  ]);
  if (first !== "ended") await endGroup(child, clock);
  const end = await ended;
  // What it started in the background may keep its output open: that is not waited for.
  await Promise.race([closed, clock.wait(LIMITS.commandDrainMs)]);
  over.abort();
  const output = kept.text();
  if (first === "time")
    return {
      kind: "ended",
      why: "time",
      words: `It was ended after ${spec.timeoutSeconds} seconds, which is all that it was given.`,
      output,
    };
  if (first === "stopped") return { kind: "ended", why: "stopped", words: "It was stopped.", output };
  if (end.error !== null)
    return { kind: "ended", why: "start", words: `It could not be started: ${end.error.message}`, output };
  if (end.status === null)
    return { kind: "ended", why: "signal", words: `It was ended by ${end.signal ?? "a signal"}.`, output };
  return { kind: "exit", status: end.status, output };
}

async function tellNowAndThen(
  { clock, onOutput }: CommandOptions,
  text: () => string,
  signal: AbortSignal,
): Promise<void> {
  let told = "";
  for (;;) {
    const isOver = await clock.wait(LIMITS.commandOutputTellMs, signal).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    const now = text();
    if (now === told) continue;
    told = now;
    onOutput(now);
  }
}
