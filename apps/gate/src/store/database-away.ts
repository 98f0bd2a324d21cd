/** A database that does not answer is told as such, in words, instead of as an error that nobody foresaw. */
import type { GateDatabase } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";

/** Prisma's codes for: cannot be reached, timed out, connection closed, pool exhausted, transaction not begun in time. */
const AWAY = new Set(["P1001", "P1002", "P1008", "P1017", "P2024", "P2028"]);
/** SQLSTATE classes for: connection exception, operator intervention (shutting down, starting up). */
const AWAY_CLASSES = ["08", "57P"];
const DISK_FULL = "53100";
/** pg's own errors have no code, or the system's. */
const AWAY_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT/i;

const prismaError = z.object({
  code: z.string(),
  meta: z
    .object({ driverAdapterError: z.object({ cause: z.object({ code: z.string() }).partial() }).partial() })
    .partial()
    .optional(),
});

/** The same database; what it throws while it is away is Problem database.away, and disk.full where it has no room, with the cause. */
export function tellingWhenAway(db: GateDatabase): GateDatabase {
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      if (isFull(error)) throw new Problem("disk.full", { where: "the database's disk" }, { cause: error });
      throw isAway(error) ? new Problem("database.away", {}, { cause: error }) : error;
    }
  };
  return {
    asOrganization: async (organization, work) => await told(db.asOrganization(organization, work)),
    asPerson: async (person, work) => await told(db.asPerson(person, work)),
    asNobody: async (work) => await told(db.asNobody(work)),
    close: async () => await db.close(),
  };
}

function isFull(error: unknown): boolean {
  return stateOf(error) === DISK_FULL;
}

/** The SQLSTATE, where PostgreSQL itself refused. */
function stateOf(error: unknown): string {
  return prismaError.safeParse(error).data?.meta?.driverAdapterError?.cause?.code ?? "";
}

function isAway(error: unknown): boolean {
  const parsed = prismaError.safeParse(error);
  if (!parsed.success) return error instanceof Error && AWAY_WORDS.test(error.message);
  if (AWAY.has(parsed.data.code)) return true;
  const state = stateOf(error);
  return AWAY_CLASSES.some((start) => state.startsWith(start));
}
