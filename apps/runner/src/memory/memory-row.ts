/** A memory as it is, whole: its row and its links in both directions. What a change keeps of before and after, and what undoing puts back. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { MEMORY_KINDS } from "@nightgate/shared/verbs/memory-verbs";
import { z } from "zod";

const link = z.object({ id: z.string(), weight: z.int() });
export type MemoryLink = z.infer<typeof link>;

export const wholeMemory = z.object({
  id: z.string(),
  /** Empty for the organization. */
  scope: z.string(),
  slug: z.string(),
  kind: z.enum(MEMORY_KINDS),
  text: z.string(),
  tags: z.array(z.string()),
  weight: z.int(),
  source_run_id: z.string().nullable(),
  source_person_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  /** To others and from others, by id. */
  links: z.array(link),
  linked_from: z.array(link),
});
export type WholeMemory = z.infer<typeof wholeMemory>;

interface Row extends Omit<WholeMemory, "created_at" | "updated_at" | "links" | "linked_from"> {
  created_at: Date;
  updated_at: Date;
}

/** Changes of one organization's memory come one after the other: before and after are exact. */
export async function lockMemory(tx: JobsTransaction, organization: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`memory ${organization}`}, 0))`;
}

/** Those of these ids that are there. */
export async function readWhole(
  tx: JobsTransaction,
  ids: readonly string[],
): Promise<Map<string, WholeMemory>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    Row[]
  >`SELECT id, scope, slug, kind, text, tags, weight, source_run_id, source_person_id, created_at,
    updated_at FROM jobs.memories WHERE id = ANY(${[...ids]})`;
  const links = await tx.$queryRaw<
    { from_id: string; to_id: string; weight: number }[]
  >`SELECT from_id, to_id, weight
    FROM jobs.memory_links WHERE from_id = ANY(${[...ids]}) OR to_id = ANY(${[...ids]}) ORDER BY from_id, to_id`;
  const whole = new Map<string, WholeMemory>();
  for (const row of rows)
    whole.set(row.id, {
      ...row,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      links: links
        .filter(({ from_id: from }) => from === row.id)
        .map((each) => ({ id: each.to_id, weight: each.weight })),
      linked_from: links
        .filter(({ to_id: to }) => to === row.id)
        .map((each) => ({ id: each.from_id, weight: each.weight })),
    });
  return whole;
}

/** Writes the row, whether it is there or not. */
export async function putRow(tx: JobsTransaction, organization: string, memory: WholeMemory): Promise<void> {
  await tx.$executeRaw`INSERT INTO jobs.memories (organization_id, id, scope, slug, kind, text, tags, weight, source_run_id,
      source_person_id, created_at, updated_at)
    VALUES (${organization}, ${memory.id}, ${memory.scope}, ${memory.slug}, ${memory.kind}, ${memory.text}, ${memory.tags},
      ${memory.weight}, ${memory.source_run_id}, ${memory.source_person_id}, ${new Date(memory.created_at)}, ${new Date(memory.updated_at)})
    ON CONFLICT (id) DO UPDATE SET scope = excluded.scope, slug = excluded.slug, kind = excluded.kind, text = excluded.text,
      tags = excluded.tags, weight = excluded.weight, source_run_id = excluded.source_run_id,
      source_person_id = excluded.source_person_id, created_at = excluded.created_at, updated_at = excluded.updated_at`;
}

/** Makes the links of one direction what they are to be; those to memories that are gone are left out. */
export async function putLinks(
  tx: JobsTransaction,
  organization: string,
  id: string,
  direction: "links" | "linked_from",
  wanted: readonly MemoryLink[],
): Promise<void> {
  if (direction === "links") await tx.$executeRaw`DELETE FROM jobs.memory_links WHERE from_id = ${id}`;
  else await tx.$executeRaw`DELETE FROM jobs.memory_links WHERE to_id = ${id}`;
  for (const { id: other, weight } of wanted) {
    const [from, to] = direction === "links" ? [id, other] : [other, id];
    await tx.$executeRaw`INSERT INTO jobs.memory_links (organization_id, from_id, to_id, weight)
      SELECT ${organization}, ${from}, ${to}, ${weight} WHERE ${from} <> ${to} AND EXISTS (SELECT FROM jobs.memories WHERE id = ${other})
      ON CONFLICT (from_id, to_id) DO UPDATE SET weight = excluded.weight`;
  }
}

/** Takes the memory away, with its links. */
export async function dropRow(tx: JobsTransaction, id: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM jobs.memories WHERE id = ${id}`;
}
