/** Every change of a memory goes through here: what was before and what is after are kept, with who did it and why. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { MEMORY_LIMITS } from "./limits.ts";
import { lockMemory, readWhole, type WholeMemory } from "./memory-row.ts";

/** On whose account; both null is the platform. */
export interface Source {
  organization: string;
  run: string | null;
  person: string | null;
}

export type Operation = "write" | "link" | "reinforce" | "forget" | "prune" | "merge" | "undo";

export interface Changing {
  source: Source;
  operation: Operation;
  why: string;
  now: Date;
  /** Changes that belong together have one; left out, a new one. */
  batch?: string;
}

/** Does `work`, which touches these memories and no others, and writes down what it changed. Answers the batch, or null where nothing changed. */
export async function changeMemories(
  tx: JobsTransaction,
  { source, operation, why, now, batch = newId("change") }: Changing,
  ids: readonly string[],
  work: (before: ReadonlyMap<string, WholeMemory>) => Promise<void>,
): Promise<string | null> {
  if (ids.length > MEMORY_LIMITS.batchMax)
    throw new Problem("too-large", {
      what: "A change of so many memories",
      limit: String(MEMORY_LIMITS.batchMax),
    });
  await lockMemory(tx, source.organization);
  const before = await readWhole(tx, ids);
  await work(before);
  const after = await readWhole(tx, ids);
  let changed = false;
  for (const id of new Set(ids)) {
    const [was, is] = [before.get(id), after.get(id)];
    const named = is ?? was;
    if (named === undefined || JSON.stringify(was) === JSON.stringify(is)) continue;
    changed = true;
    await tx.$executeRaw`INSERT INTO jobs.memory_changes (organization_id, memory_id, scope, slug, batch, operation, before, after, why,
        source_run_id, source_person_id, created_at)
      VALUES (${source.organization}, ${id}, ${named.scope}, ${named.slug}, ${batch}, ${operation}, ${json(was)}::jsonb, ${json(is)}::jsonb,
        ${why}, ${source.run}, ${source.person}, ${now})`;
  }
  return changed ? batch : null;
}

function json(memory: WholeMemory | undefined): string | null {
  return memory === undefined ? null : JSON.stringify(memory);
}

/** Problem `too-many` where this workstation or person has changed too much within an hour. */
export async function checkChanges(tx: JobsTransaction, source: Source, now: Date): Promise<void> {
  const since = new Date(now.getTime() - 60 * 60_000);
  const [row] = await tx.$queryRaw<
    { count: number }[]
  >`SELECT count(DISTINCT c.batch)::int AS count FROM jobs.memory_changes c
    LEFT JOIN jobs.runs r ON r.id = c.source_run_id WHERE c.created_at > ${since} AND (
      (${source.person}::text IS NOT NULL AND c.source_person_id = ${source.person})
      OR (${source.person}::text IS NULL AND c.source_person_id IS NULL
        AND r.workstation_id IS NOT DISTINCT FROM (SELECT workstation_id FROM jobs.runs WHERE id = ${source.run})))`;
  if ((row?.count ?? 0) >= MEMORY_LIMITS.changesPerHourMax)
    throw new Problem("too-many", {
      what: "changes of memory within an hour",
      limit: MEMORY_LIMITS.changesPerHourMax,
    });
}
