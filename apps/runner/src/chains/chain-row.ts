/** Chains as they are stored, and what their documents mean. */
import type { Chain } from "@nightgate/chains/chain";
import { parseChain } from "@nightgate/chains/parse-chain";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";

export type ChainRow = NonNullable<Awaited<ReturnType<JobsTransaction["jobsChains"]["findUnique"]>>>;
export type ChainRunRow = NonNullable<Awaited<ReturnType<JobsTransaction["jobsChainRuns"]["findUnique"]>>>;
export type ChainJobRow = NonNullable<Awaited<ReturnType<JobsTransaction["jobsChainJobs"]["findFirst"]>>>;

/** What a document means. Problem `chain.invalid` with every fault, each with its line and column. */
export function readChain(document: string): Chain {
  const parsed = parseChain(document);
  if (parsed.ok) return parsed.chain;
  const faults = parsed.faults.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n");
  throw new Problem("chain.invalid", { faults });
}

/** The chain of this name or id, if the caller may see it: an agent sees those of its own workstation. Problem `not-found` otherwise. */
export async function seenChain(
  tx: JobsTransaction,
  { workstation }: Pick<VerbCaller, "workstation">,
  chain: string,
): Promise<ChainRow> {
  const row = await tx.jobsChains.findFirst({
    where: {
      deletedAt: null,
      OR: [{ id: chain }, { name: chain }],
      ...(workstation !== null && { workstationId: workstation }),
    },
  });
  if (row === null) throw new Problem("not-found", { what: `chain ${chain}` });
  return row;
}

/** The zone in which a chain's days are meant: its first schedule's, or else the organization's. */
export async function zoneOf(tx: JobsTransaction, organization: string, chain: Chain): Promise<string> {
  return chain.schedules[0]?.timeZone ?? (await organizationZone(tx, organization));
}

/** The organization's own zone. */
export async function organizationZone(tx: JobsTransaction, organization: string): Promise<string> {
  const row = await tx.controlOrganizations.findUnique({
    where: { organizationId: organization },
    select: { timeZone: true },
  });
  return row?.timeZone ?? "UTC";
}
