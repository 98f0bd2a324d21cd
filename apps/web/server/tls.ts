/** web ends TLS itself where it is given files: each connection is handed on, byte for byte, to its own server on loopback. */
import { connect } from "node:net";
import { systemClock } from "@nightgate/shared/clock";
import { openTlsFrontOrEnd } from "@nightgate/shared/tls-front";
import type { WebConfig } from "../env.ts";
import { log } from "./log.ts";

const LOOPBACK = "127.0.0.1";

/** Listens on the origin's port until the process ends. Ends it with a sentence where files or port are not usable. */
export async function openWebTls({ tls, webOrigin }: WebConfig): Promise<void> {
  if (tls === null) return;
  await openTlsFrontOrEnd({
    origin: webOrigin,
    address: tls.address,
    files: { certificate: tls.certificate, key: tls.key },
    onConnection: (client) => {
      const server = connect({ host: LOOPBACK, port: tls.plainPort, noDelay: true });
      client.setNoDelay(true);
      server.once("error", () => client.destroy());
      server.once("close", () => client.destroy());
      client.once("close", () => server.destroy());
      client.pipe(server);
      server.pipe(client);
    },
    clock: systemClock,
    log,
  });
}
