/** Finding memories: by words, ranked by how well they match and by what they have been worth; by slug; and the heaviest of a scope. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { MEMORY_LIMITS } from "./limits.ts";
import type { WholeMemory } from "./memory-row.ts";
import type { Scope } from "./scopes.ts";

export interface FoundMemory extends Pick<
  WholeMemory,
  "id" | "scope" | "slug" | "kind" | "text" | "tags" | "weight"
> {
  updated_at: Date;
}

export interface Query {
  words: string;
  /** Null is all. */
  scopes: readonly Scope[] | null;
  kind: string | null;
  tag: string | null;
  limit: number;
}

/** Best first. Any of the words is enough; more of them, and warmer memories, rank higher. */
export async function searchMemories(
  tx: JobsTransaction,
  { words, scopes, kind, tag, limit }: Query,
): Promise<FoundMemory[]> {
  const storable = words.toWellFormed().replaceAll("\u0000", " ");
  return await tx.$queryRaw<FoundMemory[]>`
    WITH asked AS (SELECT replace(plainto_tsquery('english', ${storable})::text, '&', '|')::tsquery
      || replace(plainto_tsquery('simple', ${storable})::text, '&', '|')::tsquery AS words)
    SELECT m.id, m.scope, m.slug, m.kind, m.text, m.tags, m.weight, m.updated_at FROM jobs.memories m, asked
    WHERE jobs.memory_words(m.slug, m.tags, m.text) @@ asked.words
      AND (${scopes === null} OR m.scope = ANY(${[...(scopes ?? [])]}))
      AND (${kind}::text IS NULL OR m.kind = ${kind}) AND (${tag}::text IS NULL OR ${tag} = ANY(m.tags))
    ORDER BY ts_rank(jobs.memory_words(m.slug, m.tags, m.text), asked.words) * (50 + m.weight) DESC, m.slug LIMIT ${limit}`;
}

/** The heaviest first; of all scopes where none is named. */
export async function listMemories(
  tx: JobsTransaction,
  {
    scope,
    kind,
    tag,
    limit,
  }: { scope: Scope | null; kind: string | null; tag: string | null; limit: number },
): Promise<FoundMemory[]> {
  return await tx.$queryRaw<
    FoundMemory[]
  >`SELECT id, scope, slug, kind, text, tags, weight, updated_at FROM jobs.memories
    WHERE (${scope}::text IS NULL OR scope = ${scope}) AND (${kind}::text IS NULL OR kind = ${kind}) AND (${tag}::text IS NULL OR ${tag} = ANY(tags))
    ORDER BY weight DESC, updated_at DESC, slug LIMIT ${limit}`;
}

/** The id of the memory with this slug; that of a repository comes before the organization's. Problem `not-found` where there is none. */
export async function memoryNamed(
  tx: JobsTransaction,
  slug: string,
  scopes: readonly Scope[] | null,
): Promise<string> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM jobs.memories WHERE slug = ${slug}
    AND (${scopes === null} OR scope = ANY(${[...(scopes ?? [])]})) ORDER BY scope DESC LIMIT 1`;
  if (row === undefined) throw new Problem("not-found", { what: `memory ${slug}` });
  return row.id;
}

/** What each of these is linked to, the strongest first. */
export async function linkedSlugs(
  tx: JobsTransaction,
  ids: readonly string[],
): Promise<Map<string, { slug: string; weight: number }[]>> {
  const rows = await tx.$queryRaw<
    { from: string; slug: string; weight: number }[]
  >`SELECT l.from_id AS "from", m.slug, l.weight
    FROM jobs.memory_links l JOIN jobs.memories m ON m.id = l.to_id WHERE l.from_id = ANY(${[...ids]})
    ORDER BY l.weight DESC, m.slug`;
  return Map.groupBy(rows, ({ from }) => from);
}

/** Remembers that the run was shown these: what becomes of it tells what they were worth. */
export async function noteUses(
  tx: JobsTransaction,
  organization: string,
  { run, memories }: { run: string | null; memories: readonly string[] },
  now: Date,
): Promise<void> {
  if (run === null || memories.length === 0) return;
  await tx.$executeRaw`INSERT INTO jobs.memory_uses (organization_id, memory_id, run_id, used_at)
    SELECT ${organization}, id, ${run}, ${now} FROM unnest(${[...memories]}::text[]) AS id
    WHERE (SELECT count(*) FROM jobs.memory_uses WHERE run_id = ${run}) < ${MEMORY_LIMITS.usesPerRunMax}
    ON CONFLICT DO NOTHING`;
}
