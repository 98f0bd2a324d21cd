/**
 * A door of our own to somebody else's engine: the provisioner's user is in no group, and may not be able to use that
 * engine's socket itself. Bytes pass unread; who may open the door says its file.
 */
import { once } from "node:events";
import { chownSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";

export interface Owner {
  uid: number;
  gid: number;
}

/** Listens at `path`, for `owner` alone, and leads to the engine at `target`. What `close` returns resolves when all connections are gone. */
export async function openRelay(
  path: string,
  target: string,
  owner: Owner,
): Promise<{ close: () => Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = createConnection({ path: target, allowHalfOpen: true });
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      // One side that breaks takes the other along; which error it was, the client's own will say.
      from.once("error", () => to.destroy());
      from.once("close", () => {
        open.delete(from);
        if (!from.readableEnded) to.destroy();
      });
    }
  });
  await listenFor(server, path, owner);
  return {
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Listens at a socket file that only `owner` may open, from its first moment on. */
export async function listenFor(server: Server, path: string, owner: Owner): Promise<void> {
  rmSync(path, { force: true });
  const listening = once(server, "listening");
  const mask = process.umask(0o177);
  // The file is made in this call.
  server.listen(path);
  process.umask(mask);
  await listening;
  chownSync(path, owner.uid, owner.gid);
}
