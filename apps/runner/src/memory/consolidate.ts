/** Tidying memory: what was worth nothing goes, what says the same becomes one, and what is left can be given to an agent to make less of it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { changeMemories, type Source } from "./changes.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import { dropRow, putLinks, putRow, readWhole, type WholeMemory } from "./memory-row.ts";
import type { Scope } from "./scopes.ts";
import { sameSaying } from "./similar.ts";
import { synthesisPrompt } from "./words.ts";

export type ConsolidateMode = "prune" | "merge" | "synthesise";

export interface Consolidated {
  /** Slugs. */
  pruned: string[];
  merged: string[];
  /** What an agent should be asked, with `synthesise`. */
  prompt: string | null;
  /** The change, which can be undone as a whole; null where nothing changed. */
  change: string | null;
}

export interface ConsolidateArgs {
  mode: ConsolidateMode;
  /** One scope; left out, all of the organization's. */
  scope?: Scope | undefined;
  dryRun?: boolean | undefined;
}

interface Candidate {
  id: string;
  scope: Scope;
  slug: string;
  kind: string;
  text: string;
  weight: number;
}

/** Does what the mode says. `synthesise` merges and prunes first, and answers the prompt; whoever asked gives it to an agent. */
export async function consolidate(
  tx: JobsTransaction,
  organization: string,
  { mode, scope, dryRun = false }: ConsolidateArgs,
  now: Date,
  source: Source = { organization, run: null, person: null },
): Promise<Consolidated> {
  const batch = newId("change");
  const parts = { source, now, batch, dryRun, scope: scope ?? null };
  const merged = mode === "prune" ? [] : await merge(tx, parts);
  const pruned = mode === "merge" ? [] : await prune(tx, parts);
  const prompt = mode === "synthesise" ? await promptFor(tx, scope ?? null) : null;
  if (!dryRun) await forgetHistory(tx, now);
  const change = dryRun || merged.length + pruned.length === 0 ? null : batch;
  return { merged, pruned, prompt, change };
}

interface Parts {
  source: Source;
  now: Date;
  batch: string;
  dryRun: boolean;
  scope: Scope | null;
}

/** Cold, and neither changed nor used for long; and of a scope that is nearly full, the coldest. */
async function prune(tx: JobsTransaction, { source, now, batch, dryRun, scope }: Parts): Promise<string[]> {
  const since = new Date(now.getTime() - MEMORY_LIMITS.pruneUnusedMs);
  const rows = await tx.$queryRaw<{ id: string; slug: string }[]>`
    SELECT id, slug FROM (
      SELECT m.id, m.slug, m.weight, m.updated_at, row_number() OVER (PARTITION BY m.scope ORDER BY m.weight DESC, m.updated_at DESC, m.slug) AS place,
        EXISTS (SELECT FROM jobs.memory_uses u WHERE u.memory_id = m.id AND u.used_at > ${since}) AS used
      FROM jobs.memories m WHERE ${scope}::text IS NULL OR m.scope = ${scope}) AS m
    WHERE (weight <= ${MEMORY_LIMITS.pruneWeightMax} AND updated_at < ${since} AND NOT used) OR place > ${MEMORY_LIMITS.pruneAbove}
    ORDER BY slug LIMIT ${MEMORY_LIMITS.batchMax}`;
  if (!dryRun && rows.length > 0) {
    const ids = rows.map(({ id }) => id);
    const why = "it was worth little, and nobody has used it for long";
    await changeMemories(tx, { source, operation: "prune", why, now, batch }, ids, async () => {
      for (const id of ids) await dropRow(tx, id);
    });
  }
  return rows.map(({ slug }) => slug);
}

/** Those that say the same become the warmest of them, which takes on the tags and links of the others. */
async function merge(tx: JobsTransaction, parts: Parts): Promise<string[]> {
  const rows = await tx.$queryRaw<Candidate[]>`SELECT id, scope, slug, kind, text, weight FROM jobs.memories
    WHERE ${parts.scope}::text IS NULL OR scope = ${parts.scope} ORDER BY weight DESC, updated_at DESC, slug LIMIT 4000`;
  const gone: string[] = [];
  const groups = Map.groupBy(rows, ({ scope, kind }) => `${scope} ${kind}`);
  for (const alike of groups.values()) {
    for (const [keeper, other] of sameSaying(alike)) {
      if (gone.length >= MEMORY_LIMITS.mergesPerCallMax) return gone;
      gone.push(other.slug);
      if (!parts.dryRun) await mergeInto(tx, parts, keeper.id, other.id);
    }
  }
  return gone;
}

async function mergeInto(
  tx: JobsTransaction,
  { source, now, batch }: Parts,
  into: string,
  other: string,
): Promise<void> {
  const both = await readWhole(tx, [into, other]);
  const neighbours = [...both.values()].flatMap(({ links, linked_from: from }) =>
    [...links, ...from].map(({ id }) => id),
  );
  const ids = [...new Set([into, other, ...neighbours])];
  const why = `${both.get(other)?.slug ?? other} says the same as ${both.get(into)?.slug ?? into}`;
  await changeMemories(
    tx,
    { source, operation: "merge", why, now, batch: `${batch}` },
    ids,
    async (before) => {
      const [keeper, merged] = [before.get(into), before.get(other)];
      if (keeper === undefined || merged === undefined) return;
      await dropRow(tx, other);
      const tags = [...new Set([...keeper.tags, ...merged.tags])].slice(0, MEMORY_LIMITS.tagsMax);
      await putRow(tx, source.organization, {
        ...keeper,
        tags,
        weight: Math.max(keeper.weight, merged.weight),
      });
      for (const direction of ["links", "linked_from"] as const) {
        const all = new Map([...merged[direction], ...keeper[direction]].map((link) => [link.id, link]));
        const wanted = [...all.values()].filter(({ id }) => id !== into && id !== other);
        await putLinks(
          tx,
          source.organization,
          into,
          direction,
          wanted.slice(0, MEMORY_LIMITS.linksPerMemoryMax),
        );
      }
    },
  );
}

async function promptFor(tx: JobsTransaction, scope: Scope | null): Promise<string | null> {
  const rows = await tx.$queryRaw<
    Pick<WholeMemory, "slug" | "kind" | "text" | "tags" | "weight">[]
  >`SELECT slug, kind, text, tags, weight
    FROM jobs.memories WHERE scope = ${scope ?? ""} ORDER BY kind, weight DESC, slug LIMIT ${MEMORY_LIMITS.synthesiseMemoriesMax}`;
  return rows.length < 2 ? null : synthesisPrompt(rows);
}

/** What is older can be undone no more. */
async function forgetHistory(tx: JobsTransaction, now: Date): Promise<void> {
  await tx.$executeRaw`DELETE FROM jobs.memory_changes WHERE created_at < ${new Date(now.getTime() - MEMORY_LIMITS.changesKeptMs)}`;
}
