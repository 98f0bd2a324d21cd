/** Wanted workstations as the provisioner may read them, and what it tells about them, over Postgres. One transaction per organization. */
import type { FleetDatabase } from "@nightgate/db/fleet";
import { workstationId } from "@nightgate/shared/ids";
import type { BuildProgress } from "../image/progress.ts";
import type { FleetEntry, Wanted, Wish } from "../workstations/reconcile.ts";

export interface FleetStore {
  wishes: () => Promise<Wish[]>;
  tell: (entry: FleetEntry) => Promise<void>;
  reportImage: (progress: BuildProgress) => Promise<void>;
}

const IMAGE_NAME = "workstation";

/** The store over `db`. Remembers what it wrote last, so that nothing is announced twice. */
export function fleetStore(db: FleetDatabase): FleetStore {
  const told = new Map<string, string>();
  return {
    wishes: async () => {
      const organizations = await db.asNobody(
        async (tx) => await tx.controlOrganizationDirectory.findMany({ select: { id: true } }),
      );
      const wishes: Wish[] = [];
      for (const { id } of organizations) wishes.push(...(await wishesOf(db, id, told)));
      return wishes;
    },
    tell: async (entry) => {
      const { organization, workstation, ...state } = entry;
      const digest = JSON.stringify(entry);
      if (told.get(workstation) === digest) return;
      const values = { ...state, organizationId: organization, updatedAt: new Date() };
      await db.asOrganization(organization, async (tx) => {
        await tx.fleetWorkstations.upsert({
          where: { workstationId: workstation },
          create: { ...values, workstationId: workstation },
          update: values,
        });
      });
      told.set(workstation, digest);
    },
    reportImage: async ({ state, step, percent, detail }) => {
      const values = { state, step, progress: Math.round(percent), detail, updatedAt: new Date() };
      await db.asNobody(async (tx) => {
        await tx.fleetImages.upsert({
          where: { name: IMAGE_NAME },
          create: { ...values, name: IMAGE_NAME },
          update: values,
        });
      });
    },
  };
}

async function wishesOf(db: FleetDatabase, organization: string, told: Map<string, string>): Promise<Wish[]> {
  return await db.asOrganization(organization, async (tx) => {
    const rows = await tx.controlWorkstations.findMany({ orderBy: { createdAt: "asc" } });
    const gone = await tx.fleetWorkstations.findMany({
      where: { state: "removed" },
      select: { workstationId: true },
    });
    const removed = new Set(gone.map((row) => row.workstationId));
    for (const id of removed) told.delete(id);
    return (
      rows
        // Invariant 4: the id becomes folders that are mounted and names on the engine. What web's role wrote and is none (such as "..") is nobody's.
        .filter((row) => workstationId.safeParse(row.id).success)
        .filter((row) => !(row.wanted === "removed" && removed.has(row.id)))
        .map((row) => ({
          organization,
          workstation: row.id,
          name: row.name,
          wanted: wantedOf(row.wanted),
          cpus: row.cpus.toNumber(),
          memoryBytes: Number(row.memoryBytes),
          pids: row.pids,
        }))
    );
  });
}

/** A word that we do not know starts nothing. */
function wantedOf(word: string): Wanted {
  return word === "running" || word === "removed" ? word : "stopped";
}
