/** A process that starts while the database is away waits for it, so that all goes on at once when it is back: dying and being started again is later each time. */
import { systemClock } from "@nightgate/shared/clock";
import pg from "pg";
import { z } from "zod";

const CONNECT_WAIT_MS_MAX = 5_000;
const AGAIN_MS = 250;
/** Of the system, and SQLSTATE: shutting down, crashed, starting up, out of connections. */
const AWAY = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
]);
const coded = z.object({ code: z.string() });

/**
 * Resolves when the database of `url` lets somebody in, and at once where it says anything else than that it is away: then the first
 * query tells better what is wrong. `onWait` is called once, if there is something to wait for.
 */
export async function waitForDatabase(url: string, onWait: () => void): Promise<void> {
  for (let told = false; await isAway(url); told = true) {
    if (!told) onWait();
    await systemClock.wait(AGAIN_MS);
  }
}

async function isAway(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WAIT_MS_MAX });
  // A server that goes away may say so twice, and an error that nobody hears ends the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
    return false;
  } catch (error) {
    const parsed = coded.safeParse(error);
    // pg gives no code for a connection that was cut or took too long.
    if (!parsed.success) return /timeout|terminated/i.test(String(error));
    return AWAY.has(parsed.data.code);
  } finally {
    await client.end().catch((error: unknown) => error);
  }
}
