/** Whether the database answers, asked with a read that touches one row at most. */
import { Problem } from "@nightgate/shared/problems";
import { inNobody } from "./database.ts";

/** False when the database cannot be reached; other errors are thrown. */
export async function databaseAnswers(): Promise<boolean> {
  try {
    await inNobody(async (tx) => await tx.controlOrganizationDirectory.findFirst({ select: { id: true } }));
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === "database.away") return false;
    throw error;
  }
}
