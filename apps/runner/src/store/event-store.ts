/** Events in Postgres: copied from a workstation in order, each once (invariant 10). */
import type { JobsDatabase } from "@nightgate/db/jobs";
import type { RunEvent } from "@nightgate/shared/run-events";
import { keepLateWords } from "./late-result.ts";
import { storable } from "./storable.ts";

export type Stored =
  /** The last event that is stored now. */
  | { ok: true; lastSeq: number }
  /** Not a run of this workstation. */
  | { ok: false };

export interface EventStore {
  /** Stores what is new and follows on without a gap. */
  store(organization: string, workstation: string, run: string, events: readonly RunEvent[]): Promise<Stored>;
}

/** The store over the runner's own schema. */
export function createEventStore(db: JobsDatabase): EventStore {
  return {
    store: async (organization, workstation, run, events) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<
          { last_seq: number; ended: boolean }[]
        >`SELECT last_seq, ended_at IS NOT NULL AS ended FROM jobs.runs WHERE id = ${run} AND workstation_id = ${workstation} FOR UPDATE`;
        if (row === undefined) return { ok: false };
        let lastSeq = row.last_seq;
        const fresh: RunEvent[] = [];
        for (const event of events) {
          // Invariant 10: what is there already is skipped, and nothing is taken over a gap.
          if (event.seq !== lastSeq + 1) continue;
          fresh.push(event);
          lastSeq = event.seq;
        }
        if (fresh.length === 0) return { ok: true, lastSeq };
        await tx.jobsEvents.createMany({
          data: fresh.map(({ seq, at, body }) => ({
            organizationId: organization,
            runId: run,
            seq,
            at: new Date(at),
            body: storable(body),
          })),
        });
        const session = fresh.findLast(({ body }) => body.kind === "session.started")?.body;
        await tx.jobsRuns.update({
          where: { id: run },
          data: { lastSeq, ...(session?.kind === "session.started" && { session: session.session }) },
        });
        if (row.ended) await keepLateWords(tx, run, fresh);
        return { ok: true, lastSeq };
      }),
  };
}
