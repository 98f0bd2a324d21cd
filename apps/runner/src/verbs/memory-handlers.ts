/** Carries out the verbs of memory. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { memoryVerbs } from "@nightgate/shared/verbs/memory-verbs";
import { checkMayRemember } from "../chains/remembers.ts";
import { checkChanges, type Source } from "../memory/changes.ts";
import { consolidate } from "../memory/consolidate.ts";
import {
  type FoundMemory,
  linkedSlugs,
  listMemories,
  memoryNamed,
  noteUses,
  searchMemories,
} from "../memory/find.ts";
import { readChanges, readHistory, readMemory } from "../memory/history.ts";
import { reinforce, reinforceOne } from "../memory/reinforce.ts";
import { scopeNamed, scopesNearest, scopesSeen } from "../memory/scopes.ts";
import { undo } from "../memory/undo.ts";
import { forgetMemory, writeMemory } from "../memory/write.ts";
import type { Handlers, VerbCaller } from "./caller.ts";

export const memoryHandlers: Handlers<typeof memoryVerbs> = {
  memory_search: async (tx, caller, { query, kind, tag, limit }, now) => {
    const scopes = await scopesSeen(tx, caller);
    const found = await searchMemories(tx, {
      words: query,
      scopes,
      kind: kind ?? null,
      tag: tag ?? null,
      limit,
    });
    const ids = found.map(({ id }) => id);
    await noteUses(tx, caller.organization, { run: caller.run, memories: ids }, now);
    const linked = await linkedSlugs(tx, ids);
    return {
      result: {
        memories: found.map((memory) => ({
          ...shown(memory),
          linked: (linked.get(memory.id) ?? []).map(({ slug }) => slug),
        })),
      },
    };
  },

  memory_list: async (tx, caller, { scope, kind, tag, limit }) => {
    // A person who names none sees all of them.
    const all = scope === undefined && caller.person !== null;
    const named = all ? null : await scopeNamed(tx, caller, scope);
    const found = await listMemories(tx, { scope: named, kind: kind ?? null, tag: tag ?? null, limit });
    return { result: { memories: found.map(shown) } };
  },

  memory_show: async (tx, caller, { slug, scope }, now) => {
    const id = await memoryNamed(tx, slug, await scopesNearest(tx, caller, scope));
    const { memory, source } = await readMemory(tx, id);
    await noteUses(tx, caller.organization, { run: caller.run, memories: [id] }, now);
    const changes = await readHistory(tx, id);
    const linked = (await linkedSlugs(tx, [id])).get(id) ?? [];
    const links = linked.map((link) => ({ slug: link.slug, weight: link.weight }));
    return { result: { memory: shown(memory), links, source, changes } };
  },

  memory_write: async (tx, caller, { scope, ...memory }, now) => {
    await checkMayRemember(tx, caller.run);
    const source = sourceOf(caller);
    const named = await scopeNamed(tx, caller, scope);
    const why = withWorkstation(caller, memory.why);
    const { id, change, replaced } = await writeMemory(tx, source, { ...memory, why, scope: named }, now);
    return { result: { memory: shown((await readMemory(tx, id)).memory), change, replaced } };
  },

  memory_reinforce: async (tx, caller, { slug, useful, since, scope }, now) => {
    const source = sourceOf(caller);
    if (slug === undefined) {
      await checkChanges(tx, source, now);
      return { result: await reinforce(tx, caller.organization, { since }, now, source) };
    }
    const id = await memoryNamed(tx, slug, await scopesNearest(tx, caller, scope));
    return { result: await reinforceOne(tx, source, { id, useful }, now) };
  },

  memory_forget: async (tx, caller, { slug, scope, why }, now) => {
    await checkMayRemember(tx, caller.run);
    const id = await memoryNamed(tx, slug, await scopesNearest(tx, caller, scope));
    return {
      result: {
        change: await forgetMemory(tx, sourceOf(caller), { id, why: withWorkstation(caller, why) }, now),
      },
    };
  },

  memory_changes: async (tx, caller, { limit }) => ({
    result: { changes: await readChanges(tx, await scopesSeen(tx, caller), limit) },
  }),

  memory_undo: async (tx, caller, { change }, now) => {
    const source = sourceOf(caller);
    await checkChanges(tx, source, now);
    return { result: await undo(tx, source, { batch: change, scopes: await scopesSeen(tx, caller) }, now) };
  },

  memory_consolidate: async (tx, caller, { mode, scope, dry_run: dryRun }, now) => {
    const source = sourceOf(caller);
    await checkChanges(tx, source, now);
    const named = await consolidatedScope(tx, caller, scope);
    return {
      result: await consolidate(tx, caller.organization, { mode, scope: named, dryRun }, now, source),
    };
  },
};

/** A person tidies everything unless they name a scope; an agent its own. */
async function consolidatedScope(
  tx: JobsTransaction,
  caller: VerbCaller,
  scope: string | undefined,
): Promise<string | undefined> {
  return scope === undefined && caller.person !== null ? undefined : await scopeNamed(tx, caller, scope);
}

function sourceOf({ organization, run, person }: VerbCaller): Source {
  return { organization, run, person };
}

/** A shell names no run, so its workstation stands in the reason. */
function withWorkstation({ workstation, run }: VerbCaller, why: string): string {
  return workstation !== null && run === null
    ? `${why}${why === "" ? "" : " "}(in a shell on ${workstation})`
    : why;
}

function shown(memory: FoundMemory): {
  slug: string;
  scope: string;
  kind: FoundMemory["kind"];
  text: string;
  tags: string[];
  weight: number;
  updated_at: string;
} {
  const { slug, scope, kind, text, tags, weight } = memory;
  return {
    slug,
    scope: scope === "" ? "organization" : scope,
    kind,
    text,
    tags,
    weight,
    updated_at: memory.updated_at.toISOString(),
  };
}
