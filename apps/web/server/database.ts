/** The one database handle of this process, made at first use. Bundles may hold this module twice, so the handle is kept on globalThis. */
import { type ControlDatabase, type ControlTransaction, openControlDatabase } from "@nightgate/db/control";
import { Problem } from "@nightgate/shared/problems";
import { webConfig } from "../env.ts";

const kept = globalThis as typeof globalThis & { nightgateDatabase?: ControlDatabase };

function database(): ControlDatabase {
  kept.nightgateDatabase ??= openControlDatabase(webConfig().databaseUrl);
  return kept.nightgateDatabase;
}

/** Closes the pool; the next call opens it anew. */
export async function closeDatabase(): Promise<void> {
  await kept.nightgateDatabase?.close();
  delete kept.nightgateDatabase;
}

/** Runs `work` as one organization (invariant 9). A database that does not answer becomes Problem database.away. */
export async function inOrganization<Result>(
  organization: string,
  work: (tx: ControlTransaction) => Promise<Result>,
): Promise<Result> {
  return await translated(async () => await database().asOrganization(organization, work));
}

/** Runs `work` as a person who looks for their organizations: sees their own memberships. */
export async function inPerson<Result>(
  person: string,
  work: (tx: ControlTransaction) => Promise<Result>,
): Promise<Result> {
  return await translated(async () => await database().asPerson(person, work));
}

/** Runs `work` as nobody: sees sessions and the directory of organizations. */
export async function inNobody<Result>(work: (tx: ControlTransaction) => Promise<Result>): Promise<Result> {
  return await translated(async () => await database().asNobody(work));
}

async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isAway(error) ? withDigest(new Problem("database.away", {}, { cause: error })) : error;
  }
}

/** Next hides a server error's message from the browser but hands on its digest: the page that says "the database is away" reads it. */
function withDigest<Code extends "database.away">(problem: Problem<Code>): Problem<Code> {
  return Object.assign(problem, { digest: problem.code });
}

const AWAY =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|connection terminated|Connection terminated|timeout exceeded when trying to connect|the database system is|Can't reach database|terminating connection|Server has closed the connection|Unable to start a transaction/i;
const AWAY_CODES = new Set([
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "P2028",
  "57P01",
  "57P02",
  "57P03",
  "ECONNREFUSED",
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
]);

/** True when `error` says that the server could not be reached, or went away, rather than that it refused. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return (
    AWAY_CODES.has(code) || AWAY.test(error.message) || (error.cause !== undefined && isAway(error.cause))
  );
}
