/** A workstation whose socket is gone: what the runner alone can see, as it has written it down. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { Finding, Patient } from "./finding.ts";

interface Gone {
  workstation: string;
  name: string;
  at: Date;
  connected: boolean;
  runs: bigint;
}

/** Nobody in there can reach the runner, now or once the connection that is still there ends. */
export async function socketsGone(tx: JobsTransaction, patient: Patient): Promise<Finding[]> {
  const rows = await tx.$queryRaw<Gone[]>`
    SELECT w.workstation_id AS workstation, c.name, w.socket_gone_at AS at, w.connected, (SELECT count(*) FROM jobs.runs r
      WHERE r.workstation_id = w.workstation_id AND r.state IN ('dispatching', 'running', 'cancelling')) AS runs
    FROM jobs.workstations w JOIN control.workstations c ON c.id = w.workstation_id
    WHERE w.socket_gone_at IS NOT NULL AND c.wanted <> 'removed'
      AND (${patient.workstation}::text IS NULL OR w.workstation_id = ${patient.workstation}) ORDER BY 1`;
  return rows.map(({ workstation, name, at, connected, runs }) => ({
    id: `socket-${workstation}`,
    kind: "contradiction",
    run: null,
    what: `The socket on which the runner listens for workstation ${name} is gone.`,
    why: `Since ${at.toISOString()} its file is not where the runner made it. ${
      connected
        ? "Its agentd is still connected, and could not come back once that connection ends."
        : "Its agentd is not connected, and cannot come back by itself."
    } ${runs === 1n ? "One run is" : `${runs} runs are`} at work there.`,
    repair: {
      say: `Make the socket of ${name} anew, within seconds. ${
        connected
          ? "Its connection is ended and comes back at once; runs go on meanwhile."
          : "Its agentd comes back then; what it is at work on goes on."
      } If it is not connected a minute later, its folder was replaced as well: restart the workstation.`,
      do: async (inside) => {
        await inside.jobsWorkstations.updateMany({
          where: { workstationId: workstation, socketGoneAt: { not: null } },
          data: { socketWantedAt: new Date() },
        });
        return [];
      },
    },
  }));
}
