/**
 * One gate per folder: two of them would each believe their own copy of the journal, and could send the same hold twice (invariant 6).
 * The lock is an abstract unix socket (unix(7)) named after the folder's inode: the kernel gives it to one process, and takes it back when that dies.
 */
import { statSync } from "node:fs";
import { createServer } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import { ensureFolder } from "./durable-file.ts";

/** Takes the folder, or throws Problem settings.differ when another gate of this host lives in it. Returns how to give it back. */
export async function beOnlyGate(folder: string): Promise<() => Promise<void>> {
  ensureFolder(folder);
  const { dev, ino } = statSync(folder, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        "code" in cause && cause.code === "EADDRINUSE"
          ? new Problem(
              "settings.differ",
              { why: "another gate is running on this NIGHTGATE_HOME" },
              { cause },
            )
          : cause,
      ),
    );
    server.listen(`\0nightgate-gate-${dev}-${ino}`, resolve);
  });
  server.unref();
  return async () => await new Promise<void>((resolve) => server.close(() => resolve()));
}
