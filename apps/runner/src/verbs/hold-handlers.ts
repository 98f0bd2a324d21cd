/** Carries out the verbs of holds, from the gate's view of them: what it shows decides nothing. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { holdVerbs } from "@nightgate/shared/verbs/hold-verbs";
import { z } from "zod";
import type { Handlers } from "./caller.ts";
import { workstationNames } from "./seen-jobs.ts";

type HoldRow = NonNullable<Awaited<ReturnType<JobsTransaction["gateHoldView"]["findFirst"]>>>;

const titled = z.object({ title: z.string() });

export const holdHandlers: Handlers<typeof holdVerbs> = {
  hold_list: async (tx, { workstation }, { pending, limit }) => {
    const rows = await tx.gateHoldView.findMany({
      // What people ask of the gate itself is nobody's workstation, and no agent's business.
      where: { workstationId: workstation ?? { not: null }, ...(pending && { state: "pending" }) },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: limit,
    });
    const nameOf = await workstationNames(tx);
    return { result: { holds: rows.map((row) => line(row, nameOf)) } };
  },
  hold_status: async (tx, { workstation }, { hold }) => {
    const row = await tx.gateHoldView.findFirst({
      where: { id: hold, workstationId: workstation ?? { not: null } },
    });
    if (row === null) throw new Problem("not-found", { what: `hold ${hold}` });
    return {
      result: {
        ...line(row, await workstationNames(tx)),
        expires_at: row.expiresAt?.toISOString() ?? null,
        decided_at: row.decidedAt?.toISOString() ?? null,
        superseded_by: row.supersededBy,
      },
    };
  },
};

function line(
  row: HoldRow,
  nameOf: (id: string) => string,
): z.input<typeof holdVerbs.hold_list.result>["holds"][number] {
  const card = titled.safeParse(row.card);
  return {
    hold: row.id ?? "",
    kind: row.kind ?? "",
    state: row.state ?? "",
    title: card.success ? card.data.title : "",
    run: row.runId,
    workstation: row.workstationId === null ? null : nameOf(row.workstationId),
    created_at: (row.createdAt ?? new Date(0)).toISOString(),
    words: row.words ?? "",
  };
}
