/**
 * Locks: how many runs may be at work with the same key. Everything that is scarce is one: an organization's slots, a workstation's,
 * the folder of a repository (one run at a time in it), and the names that people give, such as `gpu`.
 */
import type { NamedLock } from "@nightgate/shared/jobs-inbox";
import { LIMITS } from "../limits.ts";

export interface Lock {
  key: string;
  /** How many runs at work may have it; what an admin has set stays. */
  capacity: number;
}

/** All locks of a run, in key order: the order in which they are taken. */
export function locksOf(run: {
  workstation: string;
  repository: string | null;
  named: readonly NamedLock[];
}): Lock[] {
  const locks: Lock[] = [
    { key: "organization", capacity: LIMITS.runsAtWorkPerOrganizationMax },
    { key: `workstation/${run.workstation}`, capacity: LIMITS.runsAtWorkMax },
  ];
  if (run.repository !== null)
    locks.push({ key: `folder/${run.workstation}/${run.repository}`, capacity: 1 });
  for (const { name, scope, capacity } of run.named)
    locks.push({
      key: scope === "workstation" ? `named/${run.workstation}/${name}` : `named/${name}`,
      capacity,
    });
  return locks.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}
