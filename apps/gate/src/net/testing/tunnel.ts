/** A workstation's end of CONNECT, byte by byte, and the raw relay that agentd is for real clients. */
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { listenOnLoopback, raw } from "./world.ts";

/** Sends CONNECT and returns the answer's head, with the socket ready for what follows. */
export async function openTunnel(
  socketPath: string,
  authority: string,
): Promise<{ socket: Socket; head: string }> {
  const socket = connect(socketPath);
  socket.on("error", () => socket.destroy());
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  let head = "";
  return await new Promise((resolve) => {
    const read = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", read);
      socket.pause();
      resolve({ socket, head });
    };
    socket.on("data", read);
    socket.once("close", () => resolve({ socket, head }));
  });
}

/** TLS inside a tunnel to host:443. Rejects if the handshake fails. */
export async function openTlsTunnel(
  socketPath: string,
  host: string,
  options: ConnectionOptions,
): Promise<TLSSocket> {
  const { socket } = await openTunnel(socketPath, `${host}:443`);
  const secured = connectTls({ socket, servername: host, ...options });
  await new Promise<void>((resolve, reject) => {
    secured.once("secureConnect", resolve);
    secured.once("error", reject);
    secured.once("close", () => reject(new Error("closed during the handshake")));
  });
  return secured;
}

/** One raw request through a TLS tunnel of its own. */
export async function rawTls(
  socketPath: string,
  host: string,
  ca: string,
  bytes: string,
  until?: RegExp,
): Promise<string> {
  return await raw(await openTlsTunnel(socketPath, host, { ca }), bytes, until);
}

/** What HTTP_PROXY points at inside a workstation: a TCP port whose bytes go to gate.sock. */
export async function startRelay(socketPath: string): Promise<{ port: number; stop(): void }> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const gate = connect(socketPath);
    for (const socket of [client, gate]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => open.delete(socket));
    }
    client.pipe(gate);
    gate.pipe(client);
    client.once("close", () => gate.destroy());
    gate.once("close", () => client.destroy());
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    stop: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
