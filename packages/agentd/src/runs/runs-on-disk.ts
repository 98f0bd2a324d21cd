/** The runs that an earlier agentd left on disk: found at the start, and put right where it was killed in the middle of something. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { runId } from "@nightgate/shared/ids";
import { type EventLog, openEventLog } from "./event-log.ts";
import { isFull } from "./full-disk.ts";
import { readRunRecord, type RunRecord, writeRunRecord } from "./run-record.ts";

export interface FoundRun {
  record: RunRecord;
  log: EventLog;
}

/** Where the record of a run lies. */
export function recordFile(folder: string, run: string): string {
  return join(folder, run, "record.json");
}

/** Reads all runs below `folder`; makes the folder if there is none. */
export async function findRuns(folder: string, clock: Clock): Promise<FoundRun[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found: FoundRun[] = [];
  for (const name of await readdir(folder)) {
    if (!runId.safeParse(name).success) continue;
    const record = await readRunRecord(recordFile(folder, name));
    // A run whose record was never written was never answered for: the runner sends it again.
    if (record === null) continue;
    const log = await openEventLog(join(folder, name, "events.jsonl"), clock, record.firstSeq);
    await putRight(record, log);
    // On a full disk the older one stays and is put right again at the next start: the shell must open, or nobody could make room.
    await writeRunRecord(recordFile(folder, name), record).catch((error: unknown) => {
      if (!isFull(error)) throw error;
    });
    found.push({ record, log });
  }
  return found;
}

async function putRight(record: RunRecord, log: EventLog): Promise<void> {
  if (record.waiting.length > 0) {
    const begun = await promptsBegun(log);
    record.waiting = record.waiting.filter(({ prompt }) => !begun.has(prompt));
  }
  if (!record.live) return;
  log.append({ kind: "session.ended", error: "The workstation was restarted while this run was going." });
  await log.flush();
  record.live = false;
}

/** Prompts that had begun when agentd died between logging one and taking it off the queue. */
async function promptsBegun(log: EventLog): Promise<Set<string>> {
  const begun = new Set<string>();
  const reader = log.reader(0);
  for (let events = await reader.next(); events.length > 0; events = await reader.next()) {
    for (const { body } of events) if (body.kind === "prompt") begun.add(body.prompt);
  }
  return begun;
}
