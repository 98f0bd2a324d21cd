/** Figures of a task: what its model calls took and cost, and how far its agent says it is. */
import type { ControlTransaction } from "@nightgate/db/control";
import { costOf, type TokenCount } from "@nightgate/shared/model-prices";
import { testCounts } from "@nightgate/shared/verbs/human-verbs";
import { cut } from "../../server/plain.ts";
import type { TaskView } from "./present.ts";

const WORDS_MAX = 300;

/** Over all of these runs, by what the gate has counted. */
export async function tokensOf(tx: ControlTransaction, runs: string[]): Promise<TaskView["tokens"]> {
  const rows = await tx.$queryRaw<(TokenCount & { calls: number })[]>`
    SELECT coalesce(model, '') AS model, coalesce(sum(input_tokens), 0)::float8 AS "inputTokens",
      coalesce(sum(cached_input_tokens), 0)::float8 AS "cachedInputTokens",
      coalesce(sum(output_tokens), 0)::float8 AS "outputTokens", count(*)::int AS calls
    FROM gate.model_call_view WHERE run_id = ANY(${runs}::text[]) GROUP BY model`;
  const tokens: TaskView["tokens"] = { input: 0, cachedInput: 0, output: 0, calls: 0, dollars: 0 };
  for (const row of rows) {
    tokens.input += row.inputTokens;
    tokens.cachedInput += row.cachedInputTokens;
    tokens.output += row.outputTokens;
    tokens.calls += row.calls;
    const cost = row.inputTokens + row.outputTokens === 0 ? 0 : costOf(row);
    tokens.dollars = cost === null || tokens.dollars === null ? null : tokens.dollars + cost;
  }
  return tokens;
}

/** What the agent of this run has said of its tests; null where it has said nothing. */
export async function testsOf(tx: ControlTransaction, run: string | undefined): Promise<TaskView["tests"]> {
  const row = await tx.jobsRuns.findUnique({ where: { id: run ?? "" }, select: { tests: true } });
  return testCounts.safeParse(row?.tests).data ?? null;
}

/** What the agent of this run said last of how far it is. */
export async function progressOf(
  tx: ControlTransaction,
  run: string | undefined,
): Promise<TaskView["progress"]> {
  const [row] = await tx.$queryRaw<{ progress: string; percent: number | null; progress_at: Date | null }[]>`
    SELECT progress, percent, progress_at FROM jobs.runs WHERE id = ${run ?? ""}`;
  if (row === undefined || row.progress_at === null) return null;
  return { words: cut(row.progress, WORDS_MAX), percent: row.percent, at: row.progress_at.getTime() };
}
