/** A note to people. It is written down here; who is told when, and on what, is their own choice and the gate's doing. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { tellPeople } from "../store/human-messages.ts";
import { findRun } from "../store/run-store.ts";
import type { VerbCaller } from "../verbs/caller.ts";
import { PEER_LIMITS } from "./limits.ts";

/** Writes the note. Answers its id. Problem `too-many` where the caller tells people too much within an hour. */
export async function tellChannel(
  tx: JobsTransaction,
  caller: VerbCaller,
  { channel, text, urgent }: { channel: string | null; text: string; urgent: boolean },
  now: Date,
): Promise<string> {
  await checkNotes(tx, caller, now);
  const note = {
    id: newId("humanMessage"),
    text: text.toWellFormed().replaceAll("\u0000", "\uFFFD"),
    urgent,
    channel,
  };
  const run = caller.run === null ? null : await findRun(tx, caller.run);
  if (run !== null) await tellPeople(tx, run, note);
  else
    await tx.$executeRaw`INSERT INTO jobs.human_messages (organization_id, id, kind, workstation_id, text, urgent, channel, created_at)
      VALUES (${caller.organization}, ${note.id}, 'note', ${caller.workstation}, ${note.text}, ${urgent}, ${channel}, ${now})`;
  return note.id;
}

async function checkNotes(
  tx: JobsTransaction,
  { workstation, person }: VerbCaller,
  now: Date,
): Promise<void> {
  const since = new Date(now.getTime() - 60 * 60_000);
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`notes ${workstation ?? person ?? ""}`}, 0))`;
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM jobs.human_messages
    WHERE kind = 'note' AND created_at > ${since} AND workstation_id IS NOT DISTINCT FROM ${workstation}`;
  const limit = PEER_LIMITS.notesPerWorkstationHourMax;
  if ((row?.count ?? 0) >= limit)
    throw new Problem("too-many", { what: "notes to people within an hour", limit });
}
