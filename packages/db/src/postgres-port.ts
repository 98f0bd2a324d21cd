/** The port of the embedded PostgreSQL, kept between starts: the other processes were told of it once, when the product started. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { systemClock } from "@nightgate/shared/clock";

/** Whoever had it may still be on its way out, and a connection that goes out may hold it for a moment. */
const FREE_WAIT_MS_MAX = 15_000;
const LOOK_EVERY_MS = 100;

/** The port that `file` names once it is free; another one, written there, where it does not become free in time. */
export async function keptPort(file: string, waitMs = FREE_WAIT_MS_MAX): Promise<number> {
  const kept = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (kept > 0 && (await comesFree(kept, waitMs))) return kept;
  const port = await freePort();
  writeFileSync(file, String(port), { mode: 0o600 });
  return port;
}

async function comesFree(port: number, waitMs: number): Promise<boolean> {
  const deadline = systemClock.now() + waitMs;
  while (!(await isFree(port))) {
    if (systemClock.now() > deadline) return false;
    await systemClock.wait(LOOK_EVERY_MS);
  }
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
