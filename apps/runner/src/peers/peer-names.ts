/** Who a name means. Names of another organization mean nobody: row-level security hides them (invariant 9). */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { Problem } from "@nightgate/shared/problems";
import { PEOPLE_CHANNELS } from "@nightgate/shared/verbs/peer-verbs";
import { LIMITS } from "../limits.ts";
import type { VerbCaller } from "../verbs/caller.ts";

export interface AgentTarget {
  kind: "agent";
  /** As others are told. */
  name: string;
  workstation: string;
  /** Null is whichever. */
  agent: string | null;
  job: string | null;
  run: string | null;
}

export type Target = AgentTarget | { kind: "people"; name: string; channel: string | null };

interface NamedRow {
  workstation: string;
  workstation_name: string;
  agent: string;
  job: string;
  title: string;
  run: string | null;
}

/** Problem `not-found` where nobody has the name, `input.invalid` where several have it. */
export async function resolvePeer(tx: JobsTransaction, name: string): Promise<Target> {
  if ((PEOPLE_CHANNELS as readonly string[]).includes(name))
    return { kind: "people", name, channel: name === "people" ? null : name };
  if (/^(?:run|job)_/.test(name)) return await byId(tx, name);
  const [box = "", ...rest] = name.split("/");
  const workstation = await tx.controlWorkstations.findFirst({
    where: { wanted: { not: "removed" }, OR: [{ id: box }, { name: box }] },
    select: { id: true, name: true },
  });
  const part = rest.join("/");
  if (workstation === null) return await bySlug(tx, null, name);
  const here = { kind: "agent", workstation: workstation.id, agent: null, job: null, run: null } as const;
  if (part === "") return { ...here, name: workstation.name };
  if ((AGENTS as readonly string[]).includes(part))
    return { ...here, name: `${workstation.name}/${part}`, agent: part };
  return await bySlug(tx, workstation.id, part);
}

async function byId(tx: JobsTransaction, id: string): Promise<AgentTarget> {
  const [row] = await tx.$queryRaw<NamedRow[]>`
    SELECT w.id AS workstation, w.name AS workstation_name, j.agent, j.id AS job, j.title, r.id AS run
    FROM jobs.jobs j JOIN control.workstations w ON w.id = j.workstation_id
    LEFT JOIN jobs.runs r ON r.job_id = j.id AND r.id = ${id}
    WHERE (j.id = ${id} OR r.id = ${id}) AND w.wanted <> 'removed' AND j.agent = ANY(${[...AGENTS]}) AND j.kind = 'agent' LIMIT 1`;
  if (row === undefined) throw new Problem("not-found", { what: `peer ${id}` });
  return ofJob(row);
}

/** By the title of a job that has a run which has not ended, or had one lately. */
async function bySlug(tx: JobsTransaction, workstation: string | null, slug: string): Promise<AgentTarget> {
  const rows = await tx.$queryRaw<NamedRow[]>`
    SELECT w.id AS workstation, w.name AS workstation_name, j.agent, j.id AS job, j.title, r.id AS run
    FROM jobs.jobs j JOIN control.workstations w ON w.id = j.workstation_id
    JOIN LATERAL (SELECT id, ended_at FROM jobs.runs WHERE job_id = j.id ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
    WHERE (${workstation}::text IS NULL OR w.id = ${workstation}) AND w.wanted <> 'removed' AND j.agent = ANY(${[...AGENTS]}) AND j.kind = 'agent'
    ORDER BY r.ended_at IS NULL DESC, j.created_at DESC LIMIT 500`;
  const found = rows.filter(({ title }) => slugOf(title) === slug);
  const [first, ...others] = found;
  if (first === undefined) throw new Problem("not-found", { what: `peer ${slug}` });
  if (others.some(({ workstation: other }) => other !== first.workstation))
    throw new Problem("input.invalid", {
      why: `peer_name: several have this name: ${[...new Set(found.map((row) => ofJob(row).name))].join(", ").slice(0, 500)}`,
    });
  return { ...ofJob(first), run: null };
}

function ofJob({ workstation, workstation_name, agent, job, title, run }: NamedRow): AgentTarget {
  return { kind: "agent", name: `${workstation_name}/${slugOf(title)}`, workstation, agent, job, run };
}

/** A job's title as a name. */
export function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, LIMITS.titleCharactersMax);
  return slug === "" ? "job" : slug;
}

/** How the caller is called by others: `box/claude` with what it works on, `box`, or the person's name. */
export async function nameOfCaller(tx: JobsTransaction, caller: VerbCaller): Promise<string> {
  if (caller.person !== null) {
    const member = await tx.controlMembers.findFirst({
      where: { personId: caller.person },
      select: { name: true },
    });
    return member?.name ?? caller.person;
  }
  const [row] = await tx.$queryRaw<{ name: string; agent: string | null; title: string | null }[]>`
    SELECT w.name, r.agent, j.title FROM control.workstations w
    LEFT JOIN jobs.runs r ON r.workstation_id = w.id AND r.id = ${caller.run}
    LEFT JOIN jobs.jobs j ON j.id = r.job_id WHERE w.id = ${caller.workstation}`;
  if (row === undefined) return "an agent";
  return row.agent === null
    ? row.name
    : `${row.name}/${row.agent} (${caller.run}, at work on "${row.title ?? ""}")`;
}
