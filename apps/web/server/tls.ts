/** web ends TLS itself where it is given files: each connection is handed on, byte for byte, to its own server on loopback. */
import { connect } from "node:net";
import type { KeptCertificate } from "@nightgate/acme/keep-certificate";
import { systemClock } from "@nightgate/shared/clock";
import { openTlsFrontOrEnd } from "@nightgate/shared/tls-front";
import type { TlsConfig, WebConfig } from "../env.ts";
import { log } from "./log.ts";

const LOOPBACK = "127.0.0.1";

/** Listens on the origin's port until the process ends. Ends it with a sentence where files or port are not usable. */
export async function openWebTls({ tls, webOrigin }: WebConfig): Promise<void> {
  if (tls === null) return;
  const kept = await keptCertificate(tls, webOrigin);
  const front = await openTlsFrontOrEnd({
    origin: webOrigin,
    address: tls.address,
    ...(tls.port === null ? {} : { port: tls.port }),
    ...(kept === null ? {} : { challenges: kept.challenges }),
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
  // It ends with the process: what is half ordered is ordered anew.
  kept?.start(() => front.look());
}

/** Null where somebody else puts the files there: then nothing of a certificate client is even loaded. */
async function keptCertificate(
  { acme, certificate, key }: TlsConfig,
  origin: string,
): Promise<KeptCertificate | null> {
  if (acme === null) return null;
  const { keepCertificate } = await import("@nightgate/acme/keep-certificate");
  const { hostname } = new URL(origin);
  return await keepCertificate({ hostname, ...acme, files: { certificate, key }, clock: systemClock, log });
}
