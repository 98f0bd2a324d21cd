/** Reads on what terms a run calls models. The runner writes these rows: they make a run spend less or elsewhere, and never where its workstation may not. */
import type { GateDatabase } from "@nightgate/db/gate";
import { type FamilyBudget, familyBudget, familyRow } from "@nightgate/shared/family-budget";

interface Terms {
  budget: FamilyBudget | null;
  secondModel: string | null;
}

const NONE: Terms = { budget: null, secondModel: null };

/** The store behind the model surface's port RunTermsReader. */
export function createRunTermsReader(db: Pick<GateDatabase, "asOrganization">): {
  of(caller: { organization: string; workstation: string; run: string | null }): Promise<Terms>;
} {
  return {
    of: async ({ organization, workstation, run }) => {
      if (run === null) return NONE;
      return await db.asOrganization(organization, async (tx) => {
        const rows = await tx.$queryRaw<unknown[]>`SELECT f.* FROM jobs.runs r, jobs.family_budget(r.id) f
          WHERE r.id = ${run} AND r.workstation_id = ${workstation}`;
        const own = await tx.jobsRuns.findFirst({
          where: { id: run, workstationId: workstation },
          select: { secondModelId: true },
        });
        return {
          budget: familyBudget(rows.map((row) => familyRow.parse(row))),
          secondModel: own?.secondModelId ?? null,
        };
      });
    },
  };
}
