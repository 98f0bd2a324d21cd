/** Keeps counts of traffic in gate.traffic, added to what is there for the same minute. */
import type { GateDatabase } from "@nightgate/db/gate";

interface TrafficRow {
  workstation: string;
  /** Start of the minute, ms since 1970. */
  minute: number;
  target: string;
  verdict: "allow" | "deny";
  count: number;
  bytesOut: number;
  bytesIn: number;
}

/** The store behind the HTTP surface's port TrafficStore: one transaction, so that a batch is never counted in part. */
export function createTrafficStore(db: Pick<GateDatabase, "asOrganization">): {
  add(organization: string, counts: TrafficRow[]): Promise<void>;
} {
  return {
    add: async (organization, counts) => {
      await db.asOrganization(organization, async (tx) => {
        for (const row of counts) {
          const minute = new Date(row.minute);
          await tx.$executeRaw`
            INSERT INTO gate.traffic (organization_id, workstation_id, minute, target, verdict, count, bytes_out, bytes_in)
            VALUES (${organization}, ${row.workstation}, ${minute}, ${row.target}, ${row.verdict}, ${row.count}, ${row.bytesOut}, ${row.bytesIn})
            ON CONFLICT (organization_id, workstation_id, minute, target, verdict) DO UPDATE SET
              count = traffic.count + excluded.count,
              bytes_out = traffic.bytes_out + excluded.bytes_out,
              bytes_in = traffic.bytes_in + excluded.bytes_in`;
        }
      });
    },
  };
}
