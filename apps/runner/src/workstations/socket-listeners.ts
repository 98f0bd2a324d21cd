/**
 * One unix socket per workstation, in a folder that the runner owns and the workstation sees read-only. Which socket a connection
 * came in on is who it is (invariant 1): nothing that is said on it can change that.
 */
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import { LIMITS } from "../limits.ts";
import { LINK_PAYLOAD_BYTES_MAX, type WorkstationIdentity } from "./agentd-link.ts";

export interface SocketListeners {
  /** Listens for exactly these workstations: opens what is new, closes what is gone. */
  keep(workstations: readonly WorkstationIdentity[]): Promise<void>;
  /** Those whose socket is not where it was made: whoever is connected stays so, and nobody else comes in. */
  gone(): Promise<WorkstationIdentity[]>;
  /** Makes the socket anew, if it is one that is kept. Who is connected is cut off, and comes back by itself. */
  again(who: WorkstationIdentity): Promise<void>;
  stop(): Promise<void>;
}

/** `folder` is made if needed; each workstation gets `<folder>/<workstation>/runner.sock`. */
export function createSocketListeners(
  folder: string,
  onSocket: (socket: WebSocket, who: WorkstationIdentity) => void,
): SocketListeners {
  const open = new Map<string, Listening>();
  const close = async (workstation: string): Promise<void> => {
    await open.get(workstation)?.close();
    open.delete(workstation);
  };
  return {
    gone: async () => {
      const found: WorkstationIdentity[] = [];
      for (const { who, path, inode } of open.values()) if ((await inodeOf(path)) !== inode) found.push(who);
      return found;
    },
    again: async (who) => {
      if (!open.has(who.workstation)) return;
      await close(who.workstation);
      open.set(who.workstation, await listen(folder, who, onSocket));
    },
    keep: async (workstations) => {
      const wanted = new Set(workstations.map(({ workstation }) => workstation));
      for (const workstation of open.keys()) if (!wanted.has(workstation)) await close(workstation);
      for (const who of workstations)
        if (!open.has(who.workstation)) open.set(who.workstation, await listen(folder, who, onSocket));
    },
    stop: async () => {
      for (const workstation of open.keys()) await close(workstation);
    },
  };
}

interface Listening {
  who: WorkstationIdentity;
  path: string;
  /** Of the socket that was made: another one at the same place is not ours. */
  inode: bigint | null;
  close(): Promise<void>;
}

async function inodeOf(path: string): Promise<bigint | null> {
  try {
    return (await lstat(path, { bigint: true })).ino;
  } catch {
    return null; // It is not there, or nobody may look: either way nobody comes in.
  }
}

async function listen(
  folder: string,
  who: WorkstationIdentity,
  onSocket: (socket: WebSocket, who: WorkstationIdentity) => void,
): Promise<Listening> {
  const own = join(folder, who.workstation);
  const path = join(own, "runner.sock");
  // The parent is the runner's alone; the workstation's own folder is mounted into it and so must be readable from there.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(own, { recursive: true });
  await chmod(own, 0o755);
  await rm(path, { force: true });
  const server: Server = createServer((_request, response) => {
    response.writeHead(426, { connection: "close" }).end();
  });
  server.maxConnections = LIMITS.connectionsPerWorkstationMax;
  const sockets = new WebSocketServer({
    server,
    maxPayload: LINK_PAYLOAD_BYTES_MAX,
    perMessageDeflate: false,
  });
  sockets.on("connection", (socket) => onSocket(socket, who));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  // Root inside is somebody else out here: who may connect is decided by the mount.
  await chmod(path, 0o666);
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await rm(path, { force: true });
  };
  return { who, path, inode: await inodeOf(path), close };
}
