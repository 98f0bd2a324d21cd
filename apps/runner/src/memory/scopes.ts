/** Which memories a caller may see and change: the organization's, and those of the repository that it works on. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { resourceId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";

/** Empty is the organization. */
export type Scope = string;

/** The one that is written to. */
export async function scopeNamed(
  tx: JobsTransaction,
  caller: VerbCaller,
  name: string | undefined,
): Promise<Scope> {
  if (name === "organization") return "";
  const own = await repositoryOf(tx, caller.run);
  if (name === undefined) return own ?? "";
  if (name === "repository") {
    if (own === null) throw new Problem("input.invalid", { why: "scope: your run has no repository" });
    return own;
  }
  if (!resourceId.safeParse(name).success || !(await mayUse(tx, caller, name)))
    throw new Problem("not-found", { what: `repository ${name}` });
  return name;
}

/** Those that are searched: null is all, for people. */
export async function scopesSeen(tx: JobsTransaction, caller: VerbCaller): Promise<Scope[] | null> {
  if (caller.person !== null) return null;
  const own = await repositoryOf(tx, caller.run);
  return own === null ? [""] : ["", own];
}

/** Where a memory is looked for by its slug alone: the nearest first. */
export async function scopesNearest(
  tx: JobsTransaction,
  caller: VerbCaller,
  name: string | undefined,
): Promise<Scope[] | null> {
  return name === undefined ? await scopesSeen(tx, caller) : [await scopeNamed(tx, caller, name)];
}

async function repositoryOf(tx: JobsTransaction, run: string | null): Promise<string | null> {
  if (run === null) return null;
  const [row] = await tx.$queryRaw<
    { repository: string | null }[]
  >`SELECT j.repository_id AS repository FROM jobs.runs r
    JOIN jobs.jobs j ON j.id = r.job_id WHERE r.id = ${run}`;
  return row?.repository ?? null;
}

/** A repository that the organization has worked on; for an agent, one that its workstation has. */
async function mayUse(
  tx: JobsTransaction,
  { workstation }: VerbCaller,
  repository: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM jobs.jobs WHERE repository_id = ${repository}
    AND (${workstation}::text IS NULL OR workstation_id = ${workstation}) LIMIT 1`;
  return rows.length > 0;
}
