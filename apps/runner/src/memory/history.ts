/** One memory, where it comes from, and what was changed about it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { FoundMemory } from "./find.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import type { Scope } from "./scopes.ts";

export interface HistoryLine {
  change: string;
  slug: string;
  operation: string;
  why: string;
  by: string;
  at: string;
  undone: boolean;
}

/** Problem `not-found` where there is none with this id. */
export async function readMemory(
  tx: JobsTransaction,
  id: string,
): Promise<{ memory: FoundMemory; source: string }> {
  const [row] = await tx.$queryRaw<(FoundMemory & { source: string })[]>`
    SELECT id, scope, slug, kind, text, tags, weight, updated_at, coalesce(source_run_id, source_person_id, 'the platform') AS source
    FROM jobs.memories WHERE id = ${id}`;
  if (row === undefined) throw new Problem("not-found", { what: `memory ${id}` });
  const { source, ...memory } = row;
  return { memory, source };
}

/** Newest first. */
export async function readHistory(tx: JobsTransaction, id: string): Promise<HistoryLine[]> {
  const rows = await tx.$queryRaw<(Omit<HistoryLine, "at"> & { at: Date })[]>`
    SELECT batch AS change, slug, operation, why, coalesce(source_run_id, source_person_id, 'the platform') AS by, created_at AS at,
      undone_by IS NOT NULL AS undone
    FROM jobs.memory_changes WHERE memory_id = ${id} ORDER BY id DESC LIMIT ${MEMORY_LIMITS.changesShownMax}`;
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

export interface ChangeLine {
  change: string;
  operation: string;
  slugs: string[];
  count: number;
  why: string;
  by: string;
  at: string;
  undone: boolean;
}

/** What was changed of late in these scopes (null is all), one line for what is undone together, newest first. */
export async function readChanges(
  tx: JobsTransaction,
  scopes: readonly Scope[] | null,
  limit: number,
): Promise<ChangeLine[]> {
  const rows = await tx.$queryRaw<(Omit<ChangeLine, "at"> & { at: Date })[]>`
    SELECT batch AS change, min(operation) AS operation, (array_agg(DISTINCT slug ORDER BY slug))[1:20] AS slugs, count(DISTINCT slug)::int AS count,
      min(why) AS why, min(coalesce(source_run_id, source_person_id, 'the platform')) AS by, max(created_at) AS at,
      bool_or(undone_by IS NOT NULL) AS undone
    FROM jobs.memory_changes WHERE ${scopes === null} OR scope = ANY(${[...(scopes ?? [])]})
    GROUP BY batch ORDER BY max(id) DESC LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
