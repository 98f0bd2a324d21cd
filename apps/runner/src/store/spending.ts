/** What runs and nights have cost, from the calls that the gate has metered, and the night as it is now. A model without a known price counts nothing: it is shown, not guessed. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { type FamilyBudget, familyBudget, familyRow } from "@nightgate/shared/family-budget";
import { knownCost } from "@nightgate/shared/model-prices";
import { nightBegan, nightHours, nightLimit, type NightNow, type NightRules } from "../core/night.ts";

interface TokenRow {
  model: string;
  input: bigint;
  cached: bigint;
  output: bigint;
}

/** The budget that a run draws on: its own, or that of the nearest run upwards that has one; null where none has. The gate reads the same. */
export async function readFamilyBudget(tx: JobsTransaction, run: string): Promise<FamilyBudget | null> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT * FROM jobs.family_budget(${run})`;
  return familyBudget(rows.map((row) => familyRow.parse(row)));
}

/** In dollars: everything that the organization's workstations have asked for since. */
export async function spentSince(tx: JobsTransaction, since: Date): Promise<number> {
  return dollarsOf(
    await tx.$queryRaw<
      TokenRow[]
    >`SELECT model, sum(input_tokens)::bigint AS input, sum(cached_input_tokens)::bigint AS cached,
        sum(output_tokens)::bigint AS output FROM gate.model_call_view WHERE created_at >= ${since} GROUP BY model`,
  );
}

function dollarsOf(rows: readonly TokenRow[]): number {
  return knownCost(
    rows.map(({ model, input, cached, output }) => ({
      model,
      inputTokens: Number(input),
      cachedInputTokens: Number(cached),
      outputTokens: Number(output),
    })),
  ).dollars;
}

/** The organization's rules; null where it has set none. */
export async function nightRules(tx: JobsTransaction): Promise<NightRules | null> {
  return await tx.jobsNights.findFirst();
}

/** The night as it is now; null where the organization has set none. */
export async function readNight(tx: JobsTransaction, now: Date): Promise<NightNow | null> {
  const rules = await nightRules(tx);
  if (rules === null) return null;
  const hours = nightHours(rules, now);
  const limit = nightLimit(rules, hours.name);
  // By day there is no night that could have cost too much.
  if (limit === null || hours.state === "closed") return { ...hours, over: null };
  const spent = await spentSince(tx, nightBegan(rules, now));
  return { ...hours, over: spent >= limit ? { spent, limit } : null };
}

/** Which runs may begin: those that do not mind the window mind the budget, too. */
export function mayBegin(night: NightNow | null): "all" | "any-time" | "none" {
  if (night === null) return "all";
  if (night.over !== null) return "none";
  return night.state === "open" ? "all" : "any-time";
}
