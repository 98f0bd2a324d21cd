/** An agent's note to people. It is written down here; who is told when, and on what, is their own choice and the gate's doing. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";
import { PEER_LIMITS } from "./limits.ts";

/** Writes the note. Answers its id. Problem `too-many` where the caller tells people too much within an hour. */
export async function tellPeople(
  tx: JobsTransaction,
  caller: VerbCaller,
  { channel, text, urgent }: { channel: string | null; text: string; urgent: boolean },
  now: Date,
): Promise<string> {
  const since = new Date(now.getTime() - 60 * 60_000);
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`notes ${caller.workstation ?? caller.person ?? ""}`}, 0))`;
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM jobs.human_messages
    WHERE kind = 'note' AND created_at > ${since} AND workstation_id IS NOT DISTINCT FROM ${caller.workstation}`;
  if ((row?.count ?? 0) >= PEER_LIMITS.notesPerWorkstationHourMax)
    throw new Problem("too-many", {
      what: "notes to people within an hour",
      limit: PEER_LIMITS.notesPerWorkstationHourMax,
    });
  const id = newId("humanMessage");
  await tx.$executeRaw`INSERT INTO jobs.human_messages (organization_id, id, kind, run_id, job_id, workstation_id, text, urgent, channel, created_at)
    VALUES (${caller.organization}, ${id}, 'note', ${caller.run}, (SELECT job_id FROM jobs.runs WHERE id = ${caller.run}),
      ${caller.workstation}, ${text.toWellFormed().replaceAll("\u0000", "\uFFFD")}, ${urgent}, ${channel}, ${now})`;
  return id;
}
