/**
 * One certificate authority per workstation, so that its TLS can be read where rules look at method and path. Its key is on the gate's
 * disk alone (mode 0600, in no folder that is mounted anywhere), there is no way to ask it to sign, and leaf keys stay in memory.
 */
import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { workstationId } from "@nightgate/shared/ids";
import * as x509 from "@peculiar/x509";
import { NET_LIMITS } from "./limits.ts";
import { noAddressesConstraint } from "./name-constraints.ts";

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** Clocks of workstations and hosts differ a little. */
const BACKDATED_MS = DAY_MS;

export interface WorkstationAuthorities {
  /** The CA's certificate as PEM, made on first use. It is no secret; its key never leaves this module. */
  certificate(workstation: string): Promise<string>;
  /** How the gate ends TLS as `host` towards this workstation. `host` is a canonical name. */
  secureContext(workstation: string, host: string): Promise<SecureContext>;
  /** Forgets what is in memory; the CA stays on disk. */
  forget(workstation: string): void;
}

interface Authority {
  certificate: x509.X509Certificate;
  key: CryptoKey;
  leafKeys: CryptoKeyPair;
  leafKeyPem: string;
  /** Least recently used first; made once for all who ask at the same time. */
  leaves: Map<string, Promise<Leaf>>;
  /** The making of the last leaf, after which the next may be made. */
  turn: Promise<unknown>;
}

interface Leaf {
  context: SecureContext;
  renewAt: number;
}

/** `folder` is the gate's own, for example $NIGHTGATE_HOME/gate/ca. */
export function createWorkstationAuthorities(options: {
  folder: string;
  clock?: Clock;
}): WorkstationAuthorities {
  const clock = options.clock ?? systemClock;
  const authorities = new Map<string, Promise<Authority>>();
  x509.cryptoProvider.set(crypto);

  const authorityOf = async (workstation: string): Promise<Authority> => {
    const known = authorities.get(workstation);
    if (known) return await known;
    const made = loadOrMake(join(options.folder, workstationId.parse(workstation)), workstation, clock);
    authorities.set(workstation, made);
    try {
      return await made;
    } catch (error) {
      authorities.delete(workstation);
      throw error;
    }
  };

  return {
    certificate: async (workstation) => `${(await authorityOf(workstation)).certificate.toString("pem")}\n`,
    secureContext: async (workstation, host) =>
      await leafContext(await authorityOf(workstation), host, clock),
    forget: (workstation) => void authorities.delete(workstation),
  };
}

async function leafContext(authority: Authority, host: string, clock: Clock): Promise<SecureContext> {
  const { leaves } = authority;
  let leaf = leaves.get(host);
  if (!leaf || (await leaf).renewAt <= clock.now()) leaf = inTurn(authority, host, clock);
  leaves.delete(host);
  leaves.set(host, leaf);
  const [oldest] = leaves.keys();
  if (leaves.size > NET_LIMITS.leafCertificatesMax && oldest !== undefined) leaves.delete(oldest);
  try {
    return (await leaf).context;
  } catch (error) {
    leaves.delete(host);
    throw error;
  }
}

/** One after the other, with pauses: names that an agent makes up by the thousand must not keep the gate busy with signing. */
async function inTurn(authority: Authority, host: string, clock: Clock): Promise<Leaf> {
  const before = authority.turn;
  const mine = Promise.withResolvers<void>();
  authority.turn = mine.promise;
  await before;
  const startedAt = performance.now();
  try {
    return await makeLeaf(authority, host, clock);
  } finally {
    const pauseMs = (performance.now() - startedAt) * NET_LIMITS.leafPauseFactor;
    void clock.wait(pauseMs).then(mine.resolve);
  }
}

async function makeLeaf(authority: Authority, host: string, clock: Clock): Promise<Leaf> {
  const now = clock.now();
  const validMs = NET_LIMITS.leafCertificateDays * DAY_MS;
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    // Common names end at 64 characters; clients look at the alternative name only.
    subject: [{ CN: [host.slice(0, 64)] }],
    issuer: authority.certificate.subjectName,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + validMs),
    publicKey: authority.leafKeys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(authority.leafKeys.publicKey),
    ],
  });
  // Its own context per host: session tickets of one name mean nothing to another.
  const context = createSecureContext({
    key: authority.leafKeyPem,
    cert: `${leaf.toString("pem")}\n${authority.certificate.toString("pem")}\n`,
    minVersion: "TLSv1.2",
  });
  return { context, renewAt: now + (validMs * 3) / 4 };
}

async function loadOrMake(folder: string, workstation: string, clock: Clock): Promise<Authority> {
  const file = join(folder, "authority.pem");
  const kept = await readIfThere(file);
  const { certificate, key } = kept
    ? await parseAuthority(kept)
    : await makeAuthority(file, folder, workstation, clock);
  const leafKeys = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  return {
    certificate,
    key,
    leafKeys,
    leafKeyPem: await privatePem(leafKeys.privateKey),
    leaves: new Map(),
    turn: Promise.resolve(),
  };
}

async function makeAuthority(
  file: string,
  folder: string,
  workstation: string,
  clock: Clock,
): Promise<Pick<Authority, "certificate" | "key">> {
  const keys = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const now = clock.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`Nightgate workstation ${workstation}`] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + NET_LIMITS.authorityDays * DAY_MS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      noAddressesConstraint(),
    ],
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeDurably(file, `${await privatePem(keys.privateKey)}\n${certificate.toString("pem")}\n`);
  return { certificate, key: keys.privateKey };
}

async function parseAuthority(pem: string): Promise<Pick<Authority, "certificate" | "key">> {
  const [keyPem, certificatePem] = pem.split(/(?=-----BEGIN CERTIFICATE-----)/);
  const der = x509.PemConverter.decodeFirst(keyPem ?? "");
  const key = await crypto.subtle.importKey("pkcs8", der, EC, false, ["sign"]);
  return { certificate: new x509.X509Certificate(certificatePem ?? ""), key };
}

async function privatePem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Readable by the gate alone from its first byte on, and whole or not there. */
async function writeDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** 127 random bits: positive, as RFC 5280 section 4.1.2.2 wants it. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes.readUInt8(0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
