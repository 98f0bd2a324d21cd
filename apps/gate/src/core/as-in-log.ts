/** A hold as the log has it, whatever its row says (invariant 4). */
import { bodiesOf, stateInLog } from "./hold-in-log.ts";
import type { Hold } from "./ports.ts";
import type { CoreLog, LogReader, Store } from "./store-ports.ts";

export interface AsInLogDeps {
  store: Pick<Store, "write" | "hold">;
  receipts: Pick<LogReader, "ofHold">;
  log: CoreLog;
  announce(hold: Hold): void;
}

/** Invariant 4: the log outranks the row. A row that claims another state is put right, loudly, and what follows goes by the log. */
export async function asInLog(
  deps: AsInLogDeps,
  hold: Pick<Hold, "organization" | "id">,
): Promise<Hold | null> {
  const [found, entries] = await Promise.all([
    deps.store.hold(hold.organization, hold.id),
    deps.receipts.ofHold(hold.organization, hold.id),
  ]);
  if (!found) return null;
  // Nothing moves by what is read here: each move looks again, under the log's lock.
  return stateInLog(bodiesOf(entries)) === found.state ? found : await putRight(deps, hold);
}

async function putRight(deps: AsInLogDeps, hold: Pick<Hold, "organization" | "id">): Promise<Hold | null> {
  const repaired = await deps.store.write(hold.organization, async (unit) => {
    const row = await unit.hold(hold.id);
    if (!row) return null;
    const state = (await unit.stateInLog(hold.id)) ?? "withdrawn";
    if (state === row.state) return { ...row, wrong: null };
    await unit.repairHold(hold.id, row.state, state);
    const why = `Its row said ${row.state}; the log says ${state}.`;
    unit.receipt({ kind: "refused", workstation: row.workstation, run: row.run, what: hold.id, why });
    return { ...row, state, wrong: why };
  });
  if (!repaired) return null;
  const { wrong, ...inLog } = repaired;
  if (wrong === null) return inLog;
  deps.log.error({ hold: hold.id, wrong }, "a hold's row disagreed with the log and was put right");
  deps.announce(inLog);
  return inLog;
}
