/**
 * Ends TLS inside the process that serves a name, with that process's own key: whoever ends TLS for the gate can serve its page, so no other
 * process does (docs/decisions/0009-each-process-ends-its-own-tls.md). Renewed files are taken up without a restart.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, createServer, type Server, TLSSocket } from "node:tls";
import type { Clock } from "./clock.ts";

export const TLS_LIMITS = {
  /** A client that has not finished its handshake by then is let go. */
  handshakeMsMax: 10_000,
  connectionsMax: 2_000,
  /** How often the files are looked at: a renewed certificate serves within this. */
  renewalLookMs: 30_000,
} as const;

export interface TlsFiles {
  /** PEM: the certificate, then what leads to its authority. */
  certificate: string;
  /** PEM, without a passphrase. */
  key: string;
}

/** What proves to a certificate authority that this port is the name's (RFC 8737). */
export interface TlsFrontChallenges {
  /** The pair that answers a challenge for this name; null where none is open. */
  answerFor(servername: string): { cert: string; key: string } | null;
  /** False while the pair only stands in for one that is still to be issued: nobody is served with it. */
  serves(): boolean;
}

export interface TlsFrontOptions {
  /** The https origin that people open: its name must be in the certificate, its port is listened on. */
  origin: string;
  /** Address of this host to listen on; null for all of them. */
  address: string | null;
  /** Listened on instead of the origin's port, where something hands that port's connections on as they are. */
  port?: number;
  files: TlsFiles;
  challenges?: TlsFrontChallenges;
  /** A client that finished its handshake. */
  onConnection(socket: TLSSocket): void;
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
}

export interface TlsFront {
  /** Looks at the files now. */
  look(): void;
  stop(): Promise<void>;
}

/** Why TLS cannot begin, as a sentence that names the file and what to do. Never a key's content. */
export class TlsNotUsable extends Error {}

/** Listens. Rejects with TlsNotUsable where the files or the port are not usable. */
export async function openTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { origin, address, files, challenges, onConnection, clock, log } = options;
  const { hostname, port: named } = new URL(origin);
  const port = options.port ?? (named === "" ? 443 : Number(named));
  let pair = readPair(files, hostname, clock.now());
  const server = createServer({
    ...pair,
    minVersion: "TLSv1.2",
    ...(challenges === undefined ? { ALPNProtocols: [HTTP] } : { ALPNCallback: choosing(challenges) }),
    handshakeTimeout: TLS_LIMITS.handshakeMsMax,
  });
  server.maxConnections = TLS_LIMITS.connectionsMax;
  const open = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A client that goes away is no event; whoever reads the socket hears the end as well.
    socket.on("error", () => socket.destroy());
    // The handshake was all that the authority came for; and what only stands in serves nobody.
    if (socket.alpnProtocol === CHALLENGE || challenges?.serves() === false) socket.destroy();
    else onConnection(socket);
  });
  await listen(server, port, address);
  const stopping = new AbortController();
  const look = (): void => {
    try {
      const found = readPair(files, hostname, clock.now());
      if (found.cert === pair.cert && found.key === pair.key) return;
      pair = found;
      server.setSecureContext(pair);
    } catch (error) {
      if (!(error instanceof TlsNotUsable)) throw error;
      log.error({ detail: error.message }, "a renewed certificate is not usable; the earlier one stays");
    }
  };
  const renewing = keepLooking(stopping.signal, clock, look);
  return {
    look,
    stop: async () => {
      stopping.abort();
      await renewing;
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const HTTP = "http/1.1";
const CHALLENGE = "acme-tls/1";

/** A challenge gets its own certificate; everybody else is spoken to as ever, once there is a certificate to do it with. */
function choosing(challenges: TlsFrontChallenges) {
  return function choose(
    this: unknown,
    hello: { servername: string; protocols: string[] },
  ): string | undefined {
    if (hello.protocols.includes(CHALLENGE)) {
      const pair = challenges.answerFor(hello.servername);
      if (pair === null || !(this instanceof TLSSocket)) return undefined;
      this.setKeyCert(createSecureContext(pair));
      return CHALLENGE;
    }
    return challenges.serves() && hello.protocols.includes(HTTP) ? HTTP : undefined;
  };
}

/** The same for a process that cannot serve without: says the sentence on stderr and ends it with status 78 (EX_CONFIG), as wrong settings do. */
export async function openTlsFrontOrEnd(options: TlsFrontOptions): Promise<TlsFront> {
  try {
    return await openTlsFront(options);
  } catch (error) {
    if (!(error instanceof TlsNotUsable)) throw error;
    process.stderr.write(`The settings are not usable:\n  ${options.origin}: ${error.message}\n`);
    process.exit(78);
  }
}

async function keepLooking(signal: AbortSignal, clock: Clock, look: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.wait(TLS_LIMITS.renewalLookMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    look();
  }
}

/** The pair as TLS takes it. Throws TlsNotUsable for files that are absent, do not belong together, or are for another name or time. */
export function readPair(files: TlsFiles, hostname: string, now: number): { cert: string; key: string } {
  const [cert, key] = [readPem(files.certificate), readPem(files.key)];
  const certificate = parse(files.certificate, () => new X509Certificate(cert));
  const privateKey = parse(files.key, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new TlsNotUsable(`The key in ${files.key} is not that of the certificate in ${files.certificate}.`);
  if (certificate.checkHost(hostname) === undefined)
    throw new TlsNotUsable(
      `The certificate in ${files.certificate} is not for ${hostname}. It is for ${certificate.subjectAltName ?? "no name"}.`,
    );
  if (certificate.validToDate.getTime() <= now)
    throw new TlsNotUsable(
      `The certificate in ${files.certificate} ended on ${certificate.validTo}. Renew it.`,
    );
  if (certificate.validFromDate.getTime() > now)
    throw new TlsNotUsable(
      `The certificate in ${files.certificate} begins on ${certificate.validFrom}. Is this host's clock right?`,
    );
  return { cert, key };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TlsNotUsable(`${path} cannot be read (${codeOf(cause)}).`, { cause });
  }
}

function parse<Parsed>(path: string, work: () => Parsed): Parsed {
  try {
    return work();
  } catch {
    // What the parser says could carry what it read.
    throw new TlsNotUsable(`${path} is not PEM of the expected kind, or has a passphrase.`);
  }
}

async function listen(server: Server, port: number, address: string | null): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new TlsNotUsable(notListening(port, codeOf(cause)), { cause })));
    server.listen({ port, ...(address === null ? {} : { host: address }) }, () => {
      server.removeAllListeners("error");
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function notListening(port: number, code: string): string {
  if (code === "EACCES")
    return `Port ${port} is for root alone on this host. Let the system give it to others (sysctl net.ipv4.ip_unprivileged_port_start=${port}) or name a port from 1024 up in the origin.`;
  if (code === "EADDRINUSE") return `Port ${port} is taken by another program of this host.`;
  return `Port ${port} cannot be listened on (${code}).`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
