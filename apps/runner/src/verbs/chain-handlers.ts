/** Carries out the verbs of chains. */
import type { Chain } from "@nightgate/chains/chain";
import { parseChain } from "@nightgate/chains/parse-chain";
import { planChain } from "@nightgate/chains/plan";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { chainVerbs } from "@nightgate/shared/verbs/chain-verbs";
import { applyChain } from "../chains/apply.ts";
import { planOf } from "../chains/chain-plan.ts";
import { organizationZone, readChain, seenChain, zoneOf } from "../chains/chain-row.ts";
import { pauseSchedules } from "../chains/chain-schedules.ts";
import { cancelNight, createNight, liveNights } from "../chains/nights.ts";
import type { Handlers, VerbCaller } from "./caller.ts";
import { chainLine, jobsOf, nightLine, seenNight } from "./chain-shown.ts";

const NEXT_SHOWN = 5;

export const chainHandlers: Handlers<typeof chainVerbs> = {
  chain_validate: async (_tx, _caller, { document }) => {
    const parsed = parseChain(document);
    const result = parsed.ok
      ? { ok: true, name: parsed.chain.name, jobs: parsed.chain.jobs.length, faults: [] }
      : { ok: false, name: null, jobs: 0, faults: parsed.faults };
    return await Promise.resolve({ result });
  },

  chain_plan: async (tx, caller, { document, chain, at }, now) => {
    const parsed = readChain(document ?? (await documentOf(tx, caller, chain)));
    const timeZone = await zoneOf(tx, caller.organization, parsed);
    const fire = { at: at === undefined ? now : new Date(at), timeZone, reason: "manual" as const };
    const { layers, nextFires } = planChain(parsed, fire, await organizationZone(tx, caller.organization));
    const starts = new Map(layers.flat().map(({ name, start }) => [name, start]));
    const nowhere = { workstation: "", repositoryId: null, repositoryUrl: null };
    const { jobs, locks } = planOf(parsed, () => nowhere);
    return {
      result: {
        name: parsed.name,
        timezone: timeZone,
        jobs: jobs
          .toSorted((one, other) => one.layer - other.layer)
          .map(({ name, kind, layer, needs, locks: taken, deliver, hasTriage }) => ({
            job: name,
            kind,
            layer,
            needs,
            locks: taken,
            deliver,
            has_triage: hasTriage,
            start: starts.get(name) ?? ("begin" as const),
          })),
        locks,
        next: nextFires.map((each) => each.toISOString()),
      },
    };
  },

  chain_apply: async (tx, caller, args, now) => {
    const { row, chain, changed } = await applyChain(tx, caller, args, now);
    const next = await nextOf(tx, caller, chain, now);
    return { result: { chain: row.id, name: row.name, changed, jobs: chain.jobs.length, next } };
  },

  chain_list: async (tx, caller, { limit }) => {
    const rows = await tx.jobsChains.findMany({
      where: { deletedAt: null, ...(caller.workstation !== null && { workstationId: caller.workstation }) },
      orderBy: { name: "asc" },
      take: limit,
    });
    const chains = [];
    for (const row of rows) chains.push(await chainLine(tx, row));
    return { result: { chains } };
  },

  chain_run: async (tx, caller, { chain, at }, now) => {
    const row = await seenChain(tx, caller, chain);
    const night = await createNight(tx, row, {
      at: at === undefined ? now : new Date(at),
      reason: "manual",
      startedBy: caller.person ?? caller.run ?? caller.workstation ?? "nobody",
    });
    return { result: { chain_run: night } };
  },

  chain_show: async (tx, caller, asked) => {
    const { chain, night } = await seenNight(tx, caller, asked);
    return {
      result: {
        chain: await chainLine(tx, chain),
        night: night === null ? null : nightLine(night),
        jobs: await jobsOf(tx, chain, night),
      },
    };
  },

  chain_cancel: async (tx, caller, asked) => {
    const { chain, night } = await seenNight(tx, caller, asked);
    if (asked.chain_run !== undefined && night !== null && night.endedAt !== null)
      throw new Problem("chain.over", { what: night.id, state: night.state });
    const nights =
      asked.chain_run === undefined ? await liveNights(tx, chain.id) : night === null ? [] : [night];
    const cancelled: string[] = [];
    for (const { id } of nights) if (await cancelNight(tx, id)) cancelled.push(id);
    return { result: { cancelled } };
  },

  chain_pause: async (tx, caller, { chain, paused }, now) => {
    const row = await seenChain(tx, caller, chain);
    await tx.jobsChains.update({ where: { id: row.id }, data: { enabled: !paused } });
    await pauseSchedules(tx, row, paused, now);
    return { result: { chain: row.id, enabled: !paused } };
  },

  chain_delete: async (tx, caller, { chain }, now) => {
    const row = await seenChain(tx, caller, chain);
    for (const { id } of await liveNights(tx, row.id)) await cancelNight(tx, id);
    await tx.jobsSchedules.updateMany({
      where: { chainId: row.id, deletedAt: null },
      data: { deletedAt: now, nextAt: null },
    });
    await tx.jobsChains.update({ where: { id: row.id }, data: { deletedAt: now } });
    return { result: { chain: row.id } };
  },
};

async function documentOf(
  tx: JobsTransaction,
  caller: VerbCaller,
  chain: string | undefined,
): Promise<string> {
  if (chain === undefined) throw new Problem("input.invalid", { why: "give a document, or name a chain" });
  return (await seenChain(tx, caller, chain)).document;
}

async function nextOf(
  tx: JobsTransaction,
  { organization }: VerbCaller,
  chain: Chain,
  now: Date,
): Promise<string[]> {
  const timeZone = await organizationZone(tx, organization);
  const fire = { at: now, timeZone, reason: "schedule" as const };
  return planChain(chain, fire, timeZone, NEXT_SHOWN).nextFires.map((each) => each.toISOString());
}
