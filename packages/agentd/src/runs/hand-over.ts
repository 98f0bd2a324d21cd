/** What an agent is told that lost its session: a fresh one knows nothing, but the run's log does. */
import { LIMITS } from "../limits.ts";
import type { EventLog } from "./event-log.ts";

/** The prompt `text`, after everything that a person has asked of this run before (the newest, where that is too much). */
export async function handOver(log: EventLog, text: string): Promise<string> {
  const asked: string[] = [];
  const reader = log.reader(0);
  for (let batch = await reader.next(); batch.length > 0; batch = await reader.next())
    for (const { body } of batch) if (body.kind === "prompt") asked.push(body.text);
  // The prompt that is given now is in the log already.
  if (asked.at(-1) === text) asked.pop();
  const before = asked.join("\n\n").slice(-LIMITS.handOverCharactersMax);
  return [
    "You have worked on this task before, but your session was lost with what you remembered. The files are as you left them.",
    `What you were asked so far:\n\n${before}`,
    `Now:\n\n${text}`,
  ].join("\n\n");
}
