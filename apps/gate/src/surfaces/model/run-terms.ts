/** On what terms a run calls models: what is left of its budget, and whether it goes on with a second model. The store implements the port. */
import type { FamilyBudget } from "@nightgate/shared/family-budget";

export interface RunTerms {
  /** The budget that it draws on; null where there is none. */
  budget: FamilyBudget | null;
  /** The resource that takes the place of the one that its agent asks for; null where it has its first one. */
  secondModel: string | null;
}

export interface RunTermsReader {
  /** The run is agentd's word: one that is not of this workstation has no terms. Read anew for each call. */
  of(caller: { organization: string; workstation: string; run: string | null }): Promise<RunTerms>;
}
