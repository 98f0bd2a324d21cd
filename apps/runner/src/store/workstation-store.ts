/** Which workstations there are, and which are connected. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { workstationId } from "@nightgate/shared/ids";
import type { WorkstationIdentity } from "../workstations/agentd-link.ts";

export interface WorkstationStore {
  organizations(): Promise<string[]>;
  /** All that are not removed, of every organization. */
  all(): Promise<WorkstationIdentity[]>;
  /** Whether this workstation is the organization's and not removed. */
  has(organization: string, workstation: string): Promise<boolean>;
  connected(
    who: WorkstationIdentity,
    agentd: { boot: string; version: string; agents: string[] },
  ): Promise<void>;
  disconnected(who: WorkstationIdentity): Promise<void>;
  /** Its socket is not where it was made, or is again. */
  noteSocket(who: WorkstationIdentity, state: "gone" | "there", now: Date): Promise<void>;
  /** Whether somebody wants its socket made anew. */
  wantsSocket(who: WorkstationIdentity): Promise<boolean>;
  /** At the start nobody is connected. */
  disconnectAll(): Promise<void>;
}

/** The store over control's list and the runner's own table. */
export function createWorkstationStore(db: JobsDatabase): WorkstationStore {
  const organizations = async (): Promise<string[]> =>
    await db.asNobody(async (tx) =>
      (await tx.controlOrganizationDirectory.findMany({ orderBy: { id: "asc" } })).map(({ id }) => id),
    );
  return {
    organizations,
    all: async () => {
      const found: WorkstationIdentity[] = [];
      for (const organization of await organizations()) {
        const rows = await db.asOrganization(
          organization,
          async (tx) =>
            await tx.controlWorkstations.findMany({
              where: { wanted: { not: "removed" } },
              select: { id: true },
            }),
        );
        // Invariant 4: the id becomes a folder here. What web's role wrote and is no id (such as "..") gets none.
        const ids = rows.map(({ id }) => id).filter((id) => workstationId.safeParse(id).success);
        found.push(...ids.map((id) => ({ organization, workstation: id })));
      }
      return found;
    },
    has: async (organization, workstation) =>
      await db.asOrganization(
        organization,
        async (tx) =>
          (await tx.controlWorkstations.count({ where: { id: workstation, wanted: { not: "removed" } } })) ===
          1,
      ),
    connected: async ({ organization, workstation }, { boot, version, agents }) =>
      await db.asOrganization(organization, async (tx) => {
        const seen = { connected: true, boot, agentdVersion: version, agents, updatedAt: new Date() };
        await tx.jobsWorkstations.upsert({
          where: { workstationId: workstation },
          create: { organizationId: organization, workstationId: workstation, ...seen },
          update: seen,
        });
      }),
    disconnected: async ({ organization, workstation }) =>
      await db.asOrganization(organization, async (tx) => {
        await tx.jobsWorkstations.updateMany({
          where: { workstationId: workstation, connected: true },
          data: { connected: false, updatedAt: new Date() },
        });
      }),
    noteSocket: async ({ organization, workstation }, state, now) =>
      await db.asOrganization(organization, async (tx) => {
        const seen = { socketGoneAt: state === "gone" ? now : null, socketWantedAt: null };
        await tx.jobsWorkstations.upsert({
          where: { workstationId: workstation },
          create: { organizationId: organization, workstationId: workstation, ...seen },
          update: seen,
        });
      }),
    wantsSocket: async ({ organization, workstation }) =>
      await db.asOrganization(
        organization,
        async (tx) =>
          (await tx.jobsWorkstations.count({
            where: { workstationId: workstation, socketWantedAt: { not: null } },
          })) === 1,
      ),
    disconnectAll: async () => {
      for (const organization of await organizations()) {
        await db.asOrganization(organization, async (tx) => {
          await tx.jobsWorkstations.updateMany({
            where: { connected: true },
            data: { connected: false, updatedAt: new Date() },
          });
          // They are all made anew.
          await tx.jobsWorkstations.updateMany({
            where: { socketGoneAt: { not: null } },
            data: { socketGoneAt: null, socketWantedAt: null },
          });
        });
      }
    },
  };
}
