/**
 * Keeps a name's certificate: gets the first one, renews it in time, tries again after failures ever more rarely, and says each in one line.
 * The account's key and the certificate's stay in the process's own folder (0700), each file 0600; no other process ever has them.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import type { TlsFiles, TlsFrontChallenges } from "@nightgate/shared/tls-front";
import { AcmeRefused, openAuthority } from "./authority.ts";
import { keyPem, newKeys, placeholder, type PemPair } from "./keys.ts";
import { ACME_LIMITS } from "./limits.ts";
import { orderCertificate } from "./order.ts";

export interface KeepOptions {
  hostname: string;
  /** URL of the authority's directory. */
  directory: string;
  email: string | null;
  /** Where the pair is kept; the account's key is beside it. */
  files: TlsFiles;
  clock: Clock;
  log: {
    info(fields: Record<string, unknown>, message: string): void;
    error(fields: Record<string, unknown>, message: string): void;
  };
}

export interface KeptCertificate {
  /** For the TLS front: the answers to challenges, and whether there is a certificate to serve with. */
  challenges: TlsFrontChallenges;
  /** Orders what is due, now and from now on; `renewed` is called when files have changed. */
  start(renewed: () => void): void;
  stop(): Promise<void>;
}

/** Makes the folder and, where there is no pair yet, one that stands in until the first order is done. */
export async function keepCertificate(options: KeepOptions): Promise<KeptCertificate> {
  const { files, hostname, clock } = options;
  mkdirSync(dirname(files.certificate), { recursive: true, mode: 0o700 });
  if (!isFor(files, hostname)) write(files, await placeholder(hostname));
  const stopping = new AbortController();
  let answer: PemPair | null = null;
  let keeping: Promise<void> = Promise.resolve();
  const order = async (): Promise<void> => {
    const authority = await openAuthority(options.directory, await accountKey(files), stopping.signal);
    const { email } = options;
    const { signal } = stopping;
    const answerChallenge = (pair: PemPair | null): void => void (answer = pair);
    write(files, await orderCertificate({ authority, hostname, email, clock, signal, answerChallenge }));
  };
  return {
    challenges: {
      answerFor: (servername) => (servername === hostname ? answer : null),
      serves: () => !isSelfSigned(files),
    },
    start: (renewed) => void (keeping = keep(options, order, renewed, stopping.signal)),
    stop: async () => {
      stopping.abort();
      await keeping;
    },
  };
}

async function keep(
  options: KeepOptions,
  order: () => Promise<void>,
  renewed: () => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  try {
    while (!signal.aborted) {
      failures = (await orderIfDue(options, order, renewed, signal)) ? 0 : failures + 1;
      await options.clock.wait(pauseAfter(failures), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function pauseAfter(failures: number): number {
  if (failures === 0) return ACME_LIMITS.lookMs;
  const waits = ACME_LIMITS.retryWaitsMs;
  return waits[Math.min(failures, waits.length) - 1] ?? ACME_LIMITS.lookMs;
}

/** False when what was due could not be had; the log says why. */
async function orderIfDue(
  { hostname, files, clock, log }: KeepOptions,
  order: () => Promise<void>,
  renewed: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (!isDue(files, clock.now())) return true;
    await order();
    renewed();
    log.info({ until: readCertificate(files).validTo }, `a certificate for ${hostname} was issued`);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof AcmeRefused ? error.message : String(error);
    log.error({ detail }, `no certificate for ${hostname} was issued; it is tried again`);
    return false;
  }
}

function isDue(files: TlsFiles, now: number): boolean {
  const certificate = readCertificate(files);
  const [from, until] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  return isSelfSigned(files) || until - now < (until - from) * ACME_LIMITS.renewAtPart;
}

const readCertificate = (files: TlsFiles): X509Certificate =>
  new X509Certificate(readFileSync(files.certificate));

function isSelfSigned(files: TlsFiles): boolean {
  const certificate = readCertificate(files);
  return certificate.subject === certificate.issuer;
}

function isFor(files: TlsFiles, hostname: string): boolean {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return false;
  const certificate = readCertificate(files);
  return (
    certificate.checkHost(hostname) !== undefined &&
    certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key)))
  );
}

function write(files: TlsFiles, { cert, key }: PemPair): void {
  for (const [path, text] of [
    [files.key, key],
    [files.certificate, cert],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** The account's key, made at the first need. */
async function accountKey(files: TlsFiles): Promise<KeyObject> {
  const path = join(dirname(files.certificate), "account.key");
  if (!existsSync(path)) writeFileSync(path, await keyPem(await newKeys()), { mode: 0o600 });
  return createPrivateKey(readFileSync(path));
}
