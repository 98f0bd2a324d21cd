/** The gate ends TLS itself: its own key, in its own process, in front of the very server that answers on loopback. */
import type { ServerType } from "@hono/node-server";
import type { Clock } from "@nightgate/shared/clock";
import { openTlsFrontOrEnd, type TlsFront } from "@nightgate/shared/tls-front";

interface TlsSettings {
  NIGHTGATE_GATE_ORIGIN: string;
  NIGHTGATE_TLS_CERT_FILE?: string | undefined;
  NIGHTGATE_TLS_KEY_FILE?: string | undefined;
  NIGHTGATE_TLS_ADDRESS?: string | undefined;
}

interface Tools {
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
}

/** Null where no files are set; ends the process, with a sentence, where they or the port are not usable. */
export async function openGateTls(
  settings: TlsSettings,
  server: ServerType,
  tools: Tools,
): Promise<TlsFront | null> {
  const { NIGHTGATE_TLS_CERT_FILE: certificate, NIGHTGATE_TLS_KEY_FILE: key } = settings;
  if (certificate === undefined || key === undefined) return null;
  return await openTlsFrontOrEnd({
    origin: settings.NIGHTGATE_GATE_ORIGIN,
    address: settings.NIGHTGATE_TLS_ADDRESS ?? null,
    files: { certificate, key },
    // One HTTP server with one set of limits; requests keep the address of their own connection.
    onConnection: (socket) => server.emit("connection", socket),
    ...tools,
  });
}
