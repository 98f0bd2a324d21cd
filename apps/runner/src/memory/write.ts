/** Writing memories down, and taking them away. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { changeMemories, checkChanges, type Source } from "./changes.ts";
import { memoryNamed } from "./find.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import { dropRow, lockMemory, type MemoryLink, putLinks, putRow, type WholeMemory } from "./memory-row.ts";
import type { Scope } from "./scopes.ts";

export interface NewMemory {
  scope: Scope;
  slug: string;
  kind: WholeMemory["kind"];
  text: string;
  tags: readonly string[];
  /** Slugs of the same scope or of the organization. */
  links: readonly string[];
  why: string;
}

/** What looks like a credential. A memory is read by many and kept for long, so it is the last place for one (invariant 2). */
const CREDENTIAL =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{30,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{20,}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36})/;

/** Writes it, or replaces what has its slug; links are added. Answers its id and the change. */
export async function writeMemory(
  tx: JobsTransaction,
  source: Source,
  memory: NewMemory,
  now: Date,
): Promise<{ id: string; change: string; replaced: boolean }> {
  const text = memory.text.toWellFormed().replaceAll("\u0000", "\uFFFD");
  if (CREDENTIAL.test(text))
    throw new Problem("input.invalid", {
      why: "text: it looks as if it had a credential in it, which is no memory",
    });
  await lockMemory(tx, source.organization);
  await checkChanges(tx, source, now);
  const [there] = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM jobs.memories WHERE scope = ${memory.scope} AND slug = ${memory.slug}`;
  if (there === undefined) await checkRoom(tx, memory.scope);
  const id = there?.id ?? newId("memory");
  const linked = await linksTo(tx, memory, id);
  const changing = { source, operation: "write", why: memory.why, now } as const;
  const change = await changeMemories(
    tx,
    changing,
    [id, ...linked.map((link) => link.id)],
    async (before) => {
      const was = before.get(id);
      await putRow(tx, source.organization, {
        id,
        scope: memory.scope,
        slug: memory.slug,
        kind: memory.kind,
        text,
        tags: [...new Set(memory.tags)],
        weight: was?.weight ?? MEMORY_LIMITS.weightStart,
        source_run_id: source.run,
        source_person_id: source.person,
        created_at: was?.created_at ?? now.toISOString(),
        updated_at: now.toISOString(),
        links: [],
        linked_from: [],
      });
      const links = new Map([...linked, ...(was?.links ?? [])].map((link) => [link.id, link]));
      if (links.size > MEMORY_LIMITS.linksPerMemoryMax)
        throw new Problem("too-many", {
          what: "links of one memory",
          limit: MEMORY_LIMITS.linksPerMemoryMax,
        });
      if (linked.length > 0) await putLinks(tx, source.organization, id, "links", [...links.values()]);
    },
  );
  return { id, change: change ?? "", replaced: there !== undefined };
}

async function checkRoom(tx: JobsTransaction, scope: Scope): Promise<void> {
  const [row] = await tx.$queryRaw<
    { count: number }[]
  >`SELECT count(*)::int AS count FROM jobs.memories WHERE scope = ${scope}`;
  if ((row?.count ?? 0) >= MEMORY_LIMITS.perScopeMax)
    throw new Problem("too-many", { what: "memories in this scope", limit: MEMORY_LIMITS.perScopeMax });
}

async function linksTo(
  tx: JobsTransaction,
  { links, scope }: NewMemory,
  self: string,
): Promise<MemoryLink[]> {
  const found: MemoryLink[] = [];
  for (const slug of new Set(links)) {
    const id = await memoryNamed(tx, slug, ["", scope]);
    if (id !== self) found.push({ id, weight: MEMORY_LIMITS.weightStart });
  }
  return found;
}

/** Takes it away. Answers the change, which can be undone. */
export async function forgetMemory(
  tx: JobsTransaction,
  source: Source,
  { id, why }: { id: string; why: string },
  now: Date,
): Promise<string> {
  await checkChanges(tx, source, now);
  return (
    (await changeMemories(
      tx,
      { source, operation: "forget", why, now },
      [id],
      async () => await dropRow(tx, id),
    )) ?? ""
  );
}
