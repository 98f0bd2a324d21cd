/** Ends the turn of a run at work; it then waits for its person's words. */
import { Problem } from "@nightgate/shared/problems";
import type { RunStore } from "../store/run-store.ts";
import type { AgentdLink } from "../workstations/agentd-link.ts";

interface InterruptOptions {
  runs: Pick<RunStore, "find">;
  linkOf(workstation: string): AgentdLink | null;
}

/** Said to agentd, which does it once for the same `id`. Nothing where no turn is at work. Problem `workstation.away` where nobody hears it. */
export type Interrupt = (organization: string, wish: { id: string; run: string }) => Promise<void>;

export function createInterrupt({ runs, linkOf }: InterruptOptions): Interrupt {
  return async (organization, { id, run }) => {
    const row = await runs.find(organization, run);
    if (row === null) throw new Problem("not-found", { what: "run" });
    if (row.state !== "running") return;
    const link = linkOf(row.workstation);
    if (link === null) throw new Problem("workstation.away", { workstation: row.workstation });
    await link.send({ type: "run.interrupt", id: `interrupt-${id}`, run });
  };
}
