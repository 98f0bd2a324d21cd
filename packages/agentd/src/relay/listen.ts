/** Small helpers around net.Server for the relay's many listeners. */
import { createServer, type Server, type Socket } from "node:net";

/** A server whose connections close each direction on its own. */
export function relayServer(onSocket: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
}

/** Binds to one address, never to all: loopback's other ports belong to the workstation's own services. Answers the port. */
export async function listenOn(server: Server, port: number, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.removeListener("error", reject);
      // Out of descriptors, for a moment: the connection is lost, the listener is not.
      server.on("error", (error) => void error);
      resolve();
    });
  });
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

/** Resolves when it has no connection left. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
