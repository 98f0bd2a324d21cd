/** Keys, the request for a certificate (RFC 2986), and the certificate that answers a challenge (RFC 8737). */
import "reflect-metadata";
import { createHash } from "node:crypto";
import * as x509 from "@peculiar/x509";

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
const DAY_MS = 86_400_000;

x509.cryptoProvider.set(crypto);

export interface PemPair {
  cert: string;
  key: string;
}

export async function newKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
}

export async function keyPem(keys: CryptoKeyPair): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`;
}

/** A request for exactly this name, DER. */
export async function certificateRequest(hostname: string, keys: CryptoKeyPair): Promise<Uint8Array> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${hostname}`,
    keys,
    signingAlgorithm: SIGNING,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: hostname }])],
  });
  return new Uint8Array(request.rawData);
}

/** RFC 8737, section 3: self-signed, for this name alone, with the digest of the key authorization in a critical extension. */
export async function challengeCertificate(hostname: string, keyAuthorization: string): Promise<PemPair> {
  const digest = createHash("sha256").update(keyAuthorization).digest();
  const octets = new Uint8Array([0x04, digest.length, ...digest]);
  return await selfSigned(hostname, [new x509.Extension(ACME_IDENTIFIER, true, octets)]);
}

/** Stands in until there is a real one; nobody is served with it. */
export async function placeholder(hostname: string): Promise<PemPair> {
  return await selfSigned(hostname, []);
}

async function selfSigned(hostname: string, extensions: x509.Extension[]): Promise<PemPair> {
  const keys = await newKeys();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${hostname}`,
    keys,
    signingAlgorithm: SIGNING,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 7 * DAY_MS),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: hostname }]), ...extensions],
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await keyPem(keys) };
}
