/** Whether a queued run may begin: a workstation has a bounded number of runs at work, and one at a time in each repository's folder. */
import { LIMITS } from "../limits.ts";
import type { RunRow, RunStore } from "../store/run-store.ts";

const AT_WORK: ReadonlySet<RunRow["state"]> = new Set(["dispatching", "running", "cancelling"]);

/** Answers for the run as it is now. */
export async function mayDispatch(
  runs: Pick<RunStore, "open" | "repository">,
  row: RunRow,
): Promise<boolean> {
  const others = (await runs.open(row.organization)).filter(
    (run) => run.workstation === row.workstation && run.id !== row.id && AT_WORK.has(run.state),
  );
  if (others.length >= LIMITS.runsAtWorkMax) return false;
  const repository = await runs.repository(row);
  if (repository === null) return true;
  for (const other of others) if ((await runs.repository(other))?.id === repository.id) return false;
  return true;
}
