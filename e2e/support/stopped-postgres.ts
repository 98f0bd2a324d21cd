/** The embedded PostgreSQL made to hang, as on a host whose disk does not answer: nobody is refused, and nobody is answered. */
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Stops every process of the server; answers how to let them go on. */
export function hangPostgres(home: string): () => void {
  const server = serverProcesses(home);
  if (server.length === 0) throw new Error(`No PostgreSQL runs on ${home}`);
  for (const pid of server) process.kill(pid, "SIGSTOP");
  // One that was made meanwhile ends itself or goes on with the others.
  return () => {
    for (const pid of serverProcesses(home)) process.kill(pid, "SIGCONT");
  };
}

function serverProcesses(home: string): number[] {
  const data = statSync(join(home, "postgres/data"));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const at = statSync(`/proc/${pid}/cwd`);
        const isServer = basename(readlinkSync(`/proc/${pid}/exe`)) === "postgres";
        return isServer && at.ino === data.ino && at.dev === data.dev;
      } catch {
        return false; // Gone meanwhile.
      }
    });
}
