/** The wall behind a budget: the runner parks a run that has used it up, and until it has, the gate passes none of its calls on. */
import { sayDollars } from "@nightgate/shared/model-prices";
import { Problem } from "@nightgate/shared/problems";
import type { ModelCall } from "./read-call.ts";
import type { RunTerms } from "./run-terms.ts";

/** Problem model.over-budget for a call that would cost something. What a call costs is known when it is over, so the one that goes over has been made. */
export function checkBudget({ method, path }: ModelCall, { budget }: RunTerms): void {
  if (budget === null || method === "GET" || path.split("?")[0]?.endsWith("/count_tokens") === true) return;
  if (budget.used < budget.limit) return;
  throw new Problem("model.over-budget", { used: sayDollars(budget.used), limit: sayDollars(budget.limit) });
}
