/**
 * Takes a change back: each field that it changed is as it was before, exactly. What was changed otherwise since (a weight, say) stays; a
 * field that was changed again stands in the way, and nothing is done then.
 */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { changeMemories, type Source } from "./changes.ts";
import { dropRow, lockMemory, putLinks, putRow, type WholeMemory, wholeMemory } from "./memory-row.ts";
import type { Scope } from "./scopes.ts";

interface Change {
  id: bigint;
  memory_id: string;
  slug: string;
  before: WholeMemory | null;
  after: WholeMemory | null;
}

const FIELDS = [
  "kind",
  "text",
  "tags",
  "weight",
  "slug",
  "scope",
  "source_run_id",
  "source_person_id",
] as const;
const DIRECTIONS = ["links", "linked_from"] as const;

/** Undoes a batch. Answers the slugs that are back as they were, and the change that this is. */
export async function undo(
  tx: JobsTransaction,
  source: Source,
  { batch, scopes }: { batch: string; scopes: readonly Scope[] | null },
  now: Date,
): Promise<{ restored: string[]; change: string }> {
  await lockMemory(tx, source.organization);
  const changes = await readChanges(tx, batch, scopes);
  const ids = changes.map((change) => change.memory_id);
  const own = newId("change");
  await changeMemories(
    tx,
    { source, operation: "undo", why: `undoes ${batch}`, now, batch: own },
    ids,
    async (current) => {
      const wanted = changes.map((change) => ({
        change,
        to: restored(change, current.get(change.memory_id)),
      }));
      for (const { change, to } of wanted) {
        if (to === null) await dropRow(tx, change.memory_id);
        else await putRow(tx, source.organization, to);
      }
      // Links last: only now is everything there that they may go to.
      for (const { change, to } of wanted)
        for (const direction of DIRECTIONS)
          if (to !== null && differ(change.before?.[direction], change.after?.[direction]))
            await putLinks(tx, source.organization, change.memory_id, direction, to[direction]);
    },
  );
  await tx.$executeRaw`UPDATE jobs.memory_changes SET undone_by = ${own} WHERE batch = ${batch}`;
  return { restored: changes.map(({ slug }) => slug), change: own };
}

/** Problem `not-found` where there is no such change, or one of a scope that the caller does not see. */
async function readChanges(
  tx: JobsTransaction,
  batch: string,
  scopes: readonly Scope[] | null,
): Promise<Change[]> {
  const rows = await tx.$queryRaw<
    (Omit<Change, "before" | "after"> & {
      scope: string;
      before: unknown;
      after: unknown;
      undone_by: string | null;
    })[]
  >`
    SELECT id, memory_id, scope, slug, before, after, undone_by FROM jobs.memory_changes WHERE batch = ${batch} ORDER BY id DESC FOR UPDATE`;
  if (rows.length === 0 || rows.some(({ scope }) => scopes !== null && !scopes.includes(scope)))
    throw new Problem("not-found", { what: `change ${batch}` });
  if (rows.some((row) => row.undone_by !== null))
    throw new Problem("input.invalid", { why: `change: ${batch} was undone before` });
  // What one batch changed more than once counts from its first state to its last.
  return [...Map.groupBy(rows, (row) => row.memory_id).values()].flatMap((newestFirst) => {
    const [last, first] = [newestFirst[0], newestFirst.at(-1)];
    if (last === undefined || first === undefined) return [];
    const [before, after] = [
      wholeMemory.nullable().parse(first.before),
      wholeMemory.nullable().parse(last.after),
    ];
    return [{ id: last.id, memory_id: last.memory_id, slug: last.slug, before, after }];
  });
}

/** The memory as it is to be; null is to be gone. */
function restored(change: Change, current: WholeMemory | undefined): WholeMemory | null {
  const { slug, before, after } = change;
  if (before !== null && after !== null) return restoredFields(slug, { before, after, current });
  // Forgotten and there again, or made and gone again: somebody was here in between.
  if ((current === undefined) !== (after === null)) throw new Problem("memory.changed", { slug });
  const madeHere = before === null && after !== null && current !== undefined;
  if (madeHere && differ(content(current), content(after))) throw new Problem("memory.changed", { slug });
  return before;
}

function restoredFields(
  slug: string,
  { before, after, current }: { before: WholeMemory; after: WholeMemory; current: WholeMemory | undefined },
): WholeMemory {
  if (current === undefined) throw new Problem("memory.changed", { slug });
  const back: Record<string, unknown> = { ...current };
  for (const field of [...FIELDS, ...DIRECTIONS]) {
    if (!differ(before[field], after[field])) continue;
    if (differ(current[field], after[field])) throw new Problem("memory.changed", { slug });
    back[field] = before[field];
  }
  if (current.updated_at === after.updated_at) back["updated_at"] = before.updated_at;
  return wholeMemory.parse(back);
}

function content({ kind, text, tags }: WholeMemory): unknown {
  return { kind, text, tags };
}

function differ(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
