/**
 * The one way to a database handle. Every statement runs in a transaction that has said whose data it may see:
 * row-level security does the rest (invariant 9). There is no unscoped client to import.
 */
import { systemClock } from "@nightgate/shared/clock";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { type Prisma, PrismaClient } from "../generated/client.ts";

/** A transaction's client, cut to the tables of one process (see control.ts, jobs.ts, fleet.ts, gate.ts). */
export type Transaction<Tables extends keyof PrismaClient> = Pick<PrismaClient, Tables> &
  Pick<PrismaClient, "$queryRaw" | "$executeRaw">;

export interface Scope {
  /** The tenant whose rows are seen. */
  organization?: string;
  /** The person whose memberships are seen before a tenant is known. */
  person?: string;
}

export interface Database<Tables extends keyof PrismaClient> {
  /** Runs `work` in one transaction (read committed) that sees only the rows of `organization`. Rolls back when it throws. */
  asOrganization<Result>(
    organization: string,
    work: (tx: Transaction<Tables>) => Promise<Result>,
  ): Promise<Result>;
  /** As a person who has not chosen an organization: sees their own memberships and what belongs to no tenant. */
  asPerson<Result>(person: string, work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  /** Sees what belongs to no tenant (sessions, the directory of organizations, the installation). */
  asNobody<Result>(work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const POOL_CONNECTIONS_MAX = 12;
const CONNECT_WAIT_MS_MAX = 5_000;
const TRANSACTION_MS_MAX = 15_000;
/** No transaction has a connection for longer than it may last; so much beyond that the server hangs, and its connection is cut. */
const CUT_AFTER_MS = 1_000;

/**
 * A connection that the server ends while it changes hands has nobody who listens for its error, and such an error ends the process.
 * Whoever uses the connection next is told by a failed query, so there is nothing to do here but to hear it.
 */
function openPool(url: string, transactionMs: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_WAIT_MS_MAX,
  });
  const hear = (error: Error): void => void error;
  pool.on("error", hear);
  pool.on("connect", (client) => void client.on("error", hear));
  cutHungConnections(pool, transactionMs + CUT_AFTER_MS);
  return pool;
}

/**
 * A server that is stopped, or a host that is gone without a word, answers nothing, and whoever asked would wait for ever. Cutting the
 * connection makes the query fail. Giving up on the query alone would hand on a connection in the middle of a transaction.
 */
function cutHungConnections(pool: pg.Pool, heldMs: number): void {
  const held = new Map<pg.PoolClient, AbortController>();
  pool.on("acquire", (client) => {
    const back = new AbortController();
    held.set(client, back);
    const cut = (): void => {
      // pg destroys the socket of a client that is ended in the middle of a query.
      if (client instanceof pg.Client) client.end().catch((error: unknown) => error);
    };
    void systemClock.wait(heldMs, back.signal).then(cut, () => "it came back");
  });
  pool.on("release", (_error, client) => {
    held.get(client)?.abort();
    held.delete(client);
  });
}

/** Opens a pool for one role. `url` is that role's own; a transaction may last `transactionMs`. */
export function openDatabase<Tables extends keyof PrismaClient>(
  url: string,
  transactionMs = TRANSACTION_MS_MAX,
): Database<Tables> {
  const prisma = new PrismaClient({
    adapter: new PrismaPg(openPool(url, transactionMs), { disposeExternalPool: true }),
    errorFormat: "minimal",
  });
  const within = async <Result>(
    scope: Scope,
    work: (tx: Transaction<Tables>) => Promise<Result>,
  ): Promise<Result> =>
    await prisma.$transaction(
      async (tx: Prisma.TransactionClient) => {
        await tx.$executeRaw`SELECT set_config('nightgate.organization_id', ${scope.organization ?? ""}, true), set_config('nightgate.person_id', ${scope.person ?? ""}, true)`;
        return await work(tx as unknown as Transaction<Tables>);
      },
      { maxWait: CONNECT_WAIT_MS_MAX, timeout: transactionMs },
    );
  return {
    asOrganization: async (organization, work) => await within({ organization }, work),
    asPerson: async (person, work) => await within({ person }, work),
    asNobody: async (work) => await within({}, work),
    close: async () => await prisma.$disconnect(),
  };
}
