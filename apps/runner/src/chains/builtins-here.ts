/** The builtins that this runner knows: tending the memory, after a night's work. */
import { Problem } from "@nightgate/shared/problems";
import { consolidate } from "../memory/consolidate.ts";
import { reinforce } from "../memory/reinforce.ts";
import type { BuiltinAsked, Builtins } from "./builtins.ts";

const MODES = ["prune", "merge", "synthesise"] as const;

export const BUILTINS: Builtins = {
  /** Warms what helped and cools what did not: `since` is an instant, or `last-chain` for all that was not counted yet. */
  "memory.reinforce": async (tx, asked) => {
    const since = textOf(asked, "memory.reinforce", "since") ?? undefined;
    const { organization, run, now } = asked;
    const done = await reinforce(tx, organization, { since }, now, { organization, run, person: null });
    return { result: `${done.warmed} memories were warmed, ${done.cooled} cooled.`, prompt: null };
  },
  /** `mode`: prune, merge or synthesise, which ends with an agent's work. */
  "memory.consolidate": async (tx, asked) => {
    const wanted = textOf(asked, "memory.consolidate", "mode") ?? "prune";
    const mode = MODES.find((each) => each === wanted);
    if (mode === undefined)
      throw new Problem("builtin.failed", {
        builtin: "memory.consolidate",
        why: `mode is ${JSON.stringify(wanted)}, and it knows ${MODES.join(", ")}`,
      });
    const { organization, run, now } = asked;
    const done = await consolidate(tx, organization, { mode }, now, { organization, run, person: null });
    const result = `${done.pruned.length} memories were pruned, ${done.merged.length} merged.`;
    return { result, prompt: done.prompt };
  },
};

function textOf(asked: BuiltinAsked, builtin: string, key: string): string | null {
  const unknown = Object.keys(asked.with).find((each) => each !== key);
  if (unknown !== undefined) throw new Problem("builtin.failed", { builtin, why: `it knows no ${unknown}` });
  const value = asked.with[key] ?? null;
  return value === null ? null : String(value);
}
