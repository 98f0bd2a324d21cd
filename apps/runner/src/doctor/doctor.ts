/** Looks for runs and schedules that are in a state that cannot be. Each finding says what it is, why, and what its repair would do; nothing is done before it is asked for. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { CHECKS } from "./checks.ts";
import type { Finding, Patient } from "./finding.ts";

export interface Shown {
  id: string;
  kind: Finding["kind"];
  what: string;
  why: string;
  repair: string | null;
  run: string | null;
}

/** What is wrong now. An agent sees what concerns its own workstation. */
export async function doctor(tx: JobsTransaction, patient: Patient, now: Date): Promise<Shown[]> {
  return (await examine(tx, patient, now)).map(({ id, kind, what, why, repair, run }) => ({
    id,
    kind,
    what,
    why,
    repair: repair?.say ?? null,
    run,
  }));
}

/** Does the repair of a finding that is still there. Answers what was done, and the runs that have news. */
export async function repairFinding(
  tx: JobsTransaction,
  patient: Patient,
  id: string,
  now: Date,
): Promise<{ done: string; touched: string[] }> {
  if (patient.person === null || patient.role === "viewer")
    throw new Problem("role.refused", { what: "repair" });
  const finding = (await examine(tx, patient, now)).find((each) => each.id === id);
  if (finding === undefined)
    throw new Problem("not-found", { what: `finding ${id}: it may be repaired already` });
  if (finding.repair === null)
    throw new Problem("input.invalid", { why: `${id} needs a person: ${finding.why}` });
  const touched = await finding.repair.do(tx);
  return { done: finding.repair.say, touched };
}

async function examine(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await check(tx, patient, now)));
  return findings;
}
