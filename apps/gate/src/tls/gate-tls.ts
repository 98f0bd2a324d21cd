/** The gate ends TLS itself: its own key, in its own process, in front of the very server that answers on loopback. */
import type { ServerType } from "@hono/node-server";
import type { KeptCertificate } from "@nightgate/acme/keep-certificate";
import type { Clock } from "@nightgate/shared/clock";
import { openTlsFrontOrEnd } from "@nightgate/shared/tls-front";

interface TlsSettings {
  NIGHTGATE_GATE_ORIGIN: string;
  NIGHTGATE_TLS_CERT_FILE?: string | undefined;
  NIGHTGATE_TLS_KEY_FILE?: string | undefined;
  NIGHTGATE_TLS_ADDRESS?: string | undefined;
  NIGHTGATE_TLS_PORT?: number | undefined;
  NIGHTGATE_ACME_DIRECTORY?: string | undefined;
  NIGHTGATE_ACME_EMAIL?: string | undefined;
}

interface Tools {
  clock: Clock;
  log: {
    info(fields: Record<string, unknown>, message: string): void;
    error(fields: Record<string, unknown>, message: string): void;
  };
}

/** Null where no files are set; ends the process, with a sentence, where they or the port are not usable. */
export async function openGateTls(
  settings: TlsSettings,
  server: ServerType,
  tools: Tools,
): Promise<{ stop(): Promise<void> } | null> {
  const { NIGHTGATE_TLS_CERT_FILE: certificate, NIGHTGATE_TLS_KEY_FILE: key } = settings;
  if (certificate === undefined || key === undefined) return null;
  const files = { certificate, key };
  const port = settings.NIGHTGATE_TLS_PORT;
  const kept = await keptCertificate(settings, files, tools);
  const front = await openTlsFrontOrEnd({
    origin: settings.NIGHTGATE_GATE_ORIGIN,
    address: settings.NIGHTGATE_TLS_ADDRESS ?? null,
    ...(port === undefined ? {} : { port }),
    ...(kept === null ? {} : { challenges: kept.challenges }),
    files,
    // One HTTP server with one set of limits; requests keep the address of their own connection.
    onConnection: (socket) => server.emit("connection", socket),
    ...tools,
  });
  kept?.start(() => front.look());
  return {
    stop: async () => {
      await kept?.stop();
      await front.stop();
    },
  };
}

/** Null where somebody else puts the files there: then nothing of a certificate client is even loaded. */
async function keptCertificate(
  settings: TlsSettings,
  files: { certificate: string; key: string },
  tools: Tools,
): Promise<KeptCertificate | null> {
  const directory = settings.NIGHTGATE_ACME_DIRECTORY;
  if (directory === undefined) return null;
  const { keepCertificate } = await import("@nightgate/acme/keep-certificate");
  const { hostname } = new URL(settings.NIGHTGATE_GATE_ORIGIN);
  return await keepCertificate({
    hostname,
    directory,
    email: settings.NIGHTGATE_ACME_EMAIL ?? null,
    files,
    ...tools,
  });
}
