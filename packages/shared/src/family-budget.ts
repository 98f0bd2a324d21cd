/**
 * What is left of the budget of a run and of all that it has caused. What they have spent counts, and what is promised to those that have
 * not ended. The runner parks by it and the gate refuses calls by it: both compute it here, from the rows of jobs.family_budget.
 */
import { z } from "zod";
import { knownCost } from "./model-prices.ts";

const count = z.union([z.bigint(), z.string(), z.number()]).transform(Number);

/** What a run has used of one model; a run that has used none has one row without a model. */
export const familyRow = z.object({
  run_id: z.string(),
  /** Null for the run whose budget it is. */
  parent_run_id: z.string().nullable(),
  budget_dollars: z.number().nullable(),
  ended: z.boolean(),
  model: z.string().nullable(),
  input_tokens: count,
  cached_input_tokens: count,
  output_tokens: count,
});
export type FamilyRow = z.output<typeof familyRow>;

export interface FamilyBudget {
  /** The run whose budget it is. */
  holder: string;
  /** In dollars, all of them. */
  limit: number;
  /** Spent and promised. */
  used: number;
  /** Of that: promised to runs that have not ended, beyond what they have spent. */
  promised: number;
}

interface Member {
  budget: number | null;
  ended: boolean;
  spent: number;
  children: string[];
}

/** Null where nobody upwards has a budget. A model without a known price counts nothing: it is shown, not guessed. */
export function familyBudget(rows: readonly FamilyRow[]): FamilyBudget | null {
  const members = membersOf(rows);
  const holder = rows.find(({ parent_run_id: parent }) => parent === null)?.run_id;
  const head = holder === undefined ? undefined : members.get(holder);
  if (holder === undefined || head === undefined || head.budget === null) return null;
  const { used, promised } = usedBy(members, head);
  return { holder, limit: head.budget, used, promised };
}

function membersOf(rows: readonly FamilyRow[]): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const { run_id: run, budget_dollars: budget, ended } of rows)
    members.set(run, { budget, ended, spent: 0, children: [] });
  for (const row of rows) {
    const member = members.get(row.run_id);
    if (member !== undefined && row.model !== null) member.spent += dollarsOf(row, row.model);
  }
  for (const [run, parent] of new Map(rows.map((row) => [row.run_id, row.parent_run_id])))
    if (parent !== null) members.get(parent)?.children.push(run);
  return members;
}

function dollarsOf(row: FamilyRow, model: string): number {
  const {
    input_tokens: inputTokens,
    cached_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
  } = row;
  return knownCost([{ model, inputTokens, cachedInputTokens, outputTokens }]).dollars;
}

function usedBy(
  members: Map<string, Member>,
  { spent, children }: Member,
): Pick<FamilyBudget, "used" | "promised"> {
  let used = spent;
  let promised = 0;
  for (const run of children) {
    const child = members.get(run);
    if (child === undefined) continue;
    const below = usedBy(members, child);
    const claim = child.ended ? below.used : Math.max(child.budget ?? 0, below.used);
    used += claim;
    // What is promised below is a part of what is promised here.
    promised += child.ended || child.budget === null ? below.promised : claim - (below.used - below.promised);
  }
  return { used, promised };
}
