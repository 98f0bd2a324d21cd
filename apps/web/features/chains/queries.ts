/** Reads chains and their nights. What a document means is read here as the runner reads it, by the same parser. */
import type { ControlTransaction } from "@nightgate/db/control";
import { limits } from "../../limits.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { listWorkstations } from "../workstations/queries.ts";
import type { Layout } from "./layout.ts";
import {
  chainFires,
  type ChainJobView,
  type ChainRow,
  type FireView,
  type NightJobRow,
  type NightRow,
  type NightView,
  pictureOf,
  presentJobs,
  presentNight,
  readDocument,
} from "./present.ts";

interface ChainLine {
  id: string;
  name: string;
  workstation: string;
  enabled: boolean;
  jobs: number;
  next: FireView | null;
  last: NightView | null;
}

export interface ChainsPage {
  chains: ChainLine[];
  workstations: { id: string; name: string }[];
  mayChange: boolean;
}

export interface ChainPage {
  id: string;
  name: string;
  workstation: string;
  enabled: boolean;
  document: string;
  jobs: ChainJobView[];
  picture: Layout;
  next: FireView[];
  nights: NightView[];
  mayChange: boolean;
}

export interface NightPage {
  chain: { id: string; name: string };
  night: NightView;
  jobs: ChainJobView[];
  picture: Layout;
  mayChange: boolean;
}

export async function openChains(member: Member): Promise<ChainsPage> {
  return await asMember(member, async (tx) => {
    const zone = await organizationZone(tx, member);
    const chains: ChainLine[] = [];
    for (const row of await chainRows(tx, null)) {
      const chain = readDocument(row.document);
      chains.push({
        id: row.id,
        name: row.name,
        workstation: row.workstation,
        enabled: row.enabled,
        jobs: chain?.jobs.length ?? 0,
        next: chain === null || !row.enabled ? null : (chainFires(chain, zone, new Date())[0] ?? null),
        last: (await nightRows(tx, row.id, 1)).map(presentNight)[0] ?? null,
      });
    }
    const workstations = (await listWorkstations(tx)).map(({ id, name }) => ({ id, name }));
    return { chains, workstations, mayChange: may(member, "jobs.act") };
  });
}

/** One chain; null for another organization's as for one that does not exist (invariant 9). */
export async function openChain(member: Member, id: string): Promise<ChainPage | null> {
  return await asMember(member, async (tx) => {
    const [row] = await chainRows(tx, id);
    if (row === undefined) return null;
    const chain = readDocument(row.document);
    const jobs = chain === null ? [] : presentJobs(chain, []);
    const zone = await organizationZone(tx, member);
    return {
      id: row.id,
      name: row.name,
      workstation: row.workstation,
      enabled: row.enabled,
      document: row.document,
      jobs,
      picture: pictureOf(jobs),
      next: chain === null || !row.enabled ? [] : chainFires(chain, zone, new Date()),
      nights: (await nightRows(tx, id, limits.nightsListedMax)).map(presentNight),
      mayChange: may(member, "jobs.act"),
    };
  });
}

/** One night of a chain, as its document was then. */
export async function openNight(
  member: Member,
  { chain: id, night }: { chain: string; night: string },
): Promise<NightPage | null> {
  return await asMember(member, async (tx) => {
    const [row] = await tx.$queryRaw<(NightRow & { document: string; name: string })[]>`
      SELECT n.id, n.state, n.reason, n.fire_at, n.time_zone, n.started_at, n.ended_at, n.document, c.name
      FROM jobs.chain_runs n JOIN jobs.chains c ON c.id = n.chain_id WHERE n.id = ${night} AND n.chain_id = ${id}`;
    if (row === undefined) return null;
    const rows = await tx.$queryRaw<NightJobRow[]>`
      SELECT j.key, j.state, r.state AS run_state, coalesce(r.job_id, t.job_id) AS job_id, j.triage_outcome,
        left(j.result, 2000) AS result, left(j.error, 2000) AS error, j.started_at, j.ended_at
      FROM jobs.chain_jobs j LEFT JOIN jobs.runs r ON r.id = j.run_id LEFT JOIN jobs.runs t ON t.id = j.triage_run_id
      WHERE j.chain_run_id = ${night} ORDER BY j.position`;
    const chain = readDocument(row.document);
    const jobs = chain === null ? [] : presentJobs(chain, rows);
    return {
      chain: { id, name: row.name },
      night: presentNight(row),
      jobs,
      picture: pictureOf(jobs),
      mayChange: may(member, "jobs.act"),
    };
  });
}

async function chainRows(tx: ControlTransaction, id: string | null): Promise<ChainRow[]> {
  return await tx.$queryRaw<ChainRow[]>`
    SELECT c.id, c.name, c.document, coalesce(w.name, c.workstation_id) AS workstation, c.enabled
    FROM jobs.chains c LEFT JOIN control.workstations w ON w.id = c.workstation_id
    WHERE c.deleted_at IS NULL AND (${id}::text IS NULL OR c.id = ${id}) ORDER BY c.name LIMIT ${limits.chainsListedMax}`;
}

async function nightRows(tx: ControlTransaction, chain: string, count: number): Promise<NightRow[]> {
  return await tx.$queryRaw<NightRow[]>`
    SELECT id, state, reason, fire_at, time_zone, started_at, ended_at FROM jobs.chain_runs
    WHERE chain_id = ${chain} ORDER BY created_at DESC LIMIT ${count}`;
}

async function organizationZone(tx: ControlTransaction, { organization }: Member): Promise<string> {
  const row = await tx.controlOrganizations.findUnique({ where: { organizationId: organization } });
  return row?.timeZone ?? "UTC";
}
