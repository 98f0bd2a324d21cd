/** Binds the gate's disk to its database: rows of another installation are refused at start, before anything is believed. */
import type { GateDatabase } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";

/** Writes the id on first start. Throws Problem settings.differ when the database belongs to another gate's disk. */
export async function bindInstallation(db: GateDatabase, installation: string): Promise<void> {
  await db.asNobody(async (tx) => {
    await tx.$executeRaw`INSERT INTO gate.installation (id) VALUES (${installation}) ON CONFLICT (singleton) DO NOTHING`;
    const row = await tx.gateInstallation.findUnique({ where: { singleton: true } });
    if (row?.id !== installation)
      throw new Problem("settings.differ", {
        why: "the database belongs to another installation than NIGHTGATE_HOME: restore the two together",
      });
  });
}
