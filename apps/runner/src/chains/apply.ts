/** Keeps a chain as its document says: its row, its own job, and its schedules. What is so already is not touched. */
import type { Chain, ChainJob } from "@nightgate/chains/chain";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { VerbCaller } from "../verbs/caller.ts";
import { type NewJobShape, newJob } from "../verbs/new-jobs.ts";
import { workstationNamed } from "../verbs/seen-jobs.ts";
import { type ChainPlan, type Place, planOf } from "./chain-plan.ts";
import { type ChainRow, readChain } from "./chain-row.ts";
import { keepSchedules } from "./chain-schedules.ts";

export interface ApplyArgs {
  document: string;
  workstation?: string | undefined;
  repository?: string | undefined;
  folder?: string | undefined;
}

export interface Applied {
  row: ChainRow;
  chain: Chain;
  changed: boolean;
}

/** Problem `chain.invalid` with every fault; `not-found` for a workstation or repository that is none of the caller's. */
export async function applyChain(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: ApplyArgs,
  now: Date,
): Promise<Applied> {
  const chain = readChain(args.document);
  const before = await tx.jobsChains.findFirst({ where: { name: chain.name, deletedAt: null } });
  // Another workstation's chain answers an agent as if it were not there, and its name is taken all the same.
  if (before !== null && caller.workstation !== null && before.workstationId !== caller.workstation)
    throw new Problem("input.invalid", { why: `the name ${chain.name} is taken by another chain` });
  const home = await homeOf(tx, caller, args, { chain, before });
  const plan = await placed(tx, caller, { chain, home });
  const wanted = {
    document: args.document,
    folder: trimmed(args.folder ?? before?.folder ?? ""),
    workstationId: home.workstation,
    repositoryId: home.repository,
    repositoryUrl: home.repositoryUrl,
  };
  const row =
    before === null
      ? await create(tx, caller, { chain, plan, wanted, home })
      : await update(tx, before, { plan, wanted });
  const moved = await keepSchedules(tx, row, chain, now);
  return { row, chain, changed: row !== before || moved };
}

/** Where its jobs run unless they say otherwise: as asked, else as the document says, else as it was, else where the caller is. */
async function homeOf(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: ApplyArgs,
  { chain, before }: { chain: Chain; before: ChainRow | null },
): Promise<NewJobShape> {
  const own = (pick: (job: ChainJob) => string | null): string | undefined => {
    const named = new Set(chain.jobs.map(pick));
    return named.size === 1 ? ([...named][0] ?? undefined) : undefined;
  };
  const workstation = args.workstation ?? own((job) => job.workstation) ?? before?.workstationId;
  const repository =
    args.repository ??
    own((job) => job.repository) ??
    (before === null ? undefined : (before.repositoryId ?? "none"));
  const home = await newJob(tx, caller, { prompt: chain.name, workstation, repository });
  // An agent keeps chains of its own workstation only: no other one's would be shown to it.
  if (caller.workstation !== null && home.workstation !== caller.workstation)
    throw new Problem("not-found", { what: `workstation ${workstation ?? ""}` });
  return home;
}

async function placed(
  tx: JobsTransaction,
  caller: VerbCaller,
  { chain, home }: { chain: Chain; home: NewJobShape },
): Promise<ChainPlan> {
  const known = new Map<string, Place>();
  for (const job of chain.jobs) {
    const key = keyOf(job);
    if (known.has(key)) continue;
    known.set(key, await placeOf(tx, caller, job, home));
  }
  return planOf(chain, (job) => known.get(keyOf(job)) ?? asPlace(home));
}

const keyOf = (job: ChainJob): string => JSON.stringify([job.workstation, job.repository]);
const asPlace = ({ workstation, repository, repositoryUrl }: NewJobShape): Place => ({
  workstation,
  repositoryId: repository,
  repositoryUrl,
});

async function placeOf(
  tx: JobsTransaction,
  caller: VerbCaller,
  job: ChainJob,
  home: NewJobShape,
): Promise<Place> {
  const workstation =
    job.workstation === null ? home.workstation : await workstationNamed(tx, job.workstation);
  const repository = job.repository ?? home.repository ?? "none";
  if (workstation === home.workstation && repository === (home.repository ?? "none")) return asPlace(home);
  return asPlace(await newJob(tx, caller, { prompt: job.name, workstation, repository }));
}

type Wanted = Pick<ChainRow, "document" | "folder" | "workstationId" | "repositoryId" | "repositoryUrl">;

async function create(
  tx: JobsTransaction,
  { organization }: VerbCaller,
  { chain, plan, wanted, home }: { chain: Chain; plan: ChainPlan; wanted: Wanted; home: NewJobShape },
): Promise<ChainRow> {
  const live = await tx.jobsChains.count({ where: { deletedAt: null } });
  const limit = LIMITS.chainsMax;
  if (live >= limit) throw new Problem("too-many", { what: "chains", limit });
  await tx.jobsJobs.create({
    data: {
      organizationId: organization,
      id: home.job,
      workstationId: wanted.workstationId,
      agent: "chain",
      kind: "chain",
      title: chain.name,
      prompt: `The chain ${chain.name}.`,
      createdBy: home.person,
    },
  });
  return await tx.jobsChains.create({
    data: {
      organizationId: organization,
      id: newId("chain"),
      name: chain.name,
      ...wanted,
      plan,
      jobId: home.job,
      createdBy: home.person,
    },
  });
}

/** Answers the very same row where nothing has changed. */
async function update(
  tx: JobsTransaction,
  before: ChainRow,
  { plan, wanted }: { plan: ChainPlan; wanted: Wanted },
): Promise<ChainRow> {
  const same =
    (Object.keys(wanted) as (keyof Wanted)[]).every((key) => before[key] === wanted[key]) &&
    JSON.stringify(sortedKeys(before.plan)) === JSON.stringify(sortedKeys(plan));
  if (same) return before;
  await tx.jobsJobs.update({ where: { id: before.jobId }, data: { workstationId: wanted.workstationId } });
  return await tx.jobsChains.update({
    where: { id: before.id },
    data: { ...wanted, plan, updatedAt: new Date() },
  });
}

/** Postgres keeps the keys of JSON in an order of its own. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sortedKeys(each)]),
  );
}

function trimmed(folder: string): string {
  return folder
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
