/** Certificates for test upstreams: good ones, and each way in which one can be bad. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

export interface TestAuthority {
  pem: string;
  issue(host: string, more?: { notAfter?: Date }): Promise<{ key: string; cert: string }>;
}

export async function makeTestAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Test upstreams",
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    pem: root.toString("pem"),
    issue: async (host, more = {}) => {
      const own = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: "02",
        subject: "CN=test",
        issuer: root.subjectName,
        notBefore: new Date(Date.now() - 10 * DAY_MS),
        notAfter: more.notAfter ?? new Date(Date.now() + DAY_MS),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: SIGNING,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
      });
      const key = x509.PemConverter.encode(
        await crypto.subtle.exportKey("pkcs8", own.privateKey),
        "PRIVATE KEY",
      );
      return { key, cert: leaf.toString("pem") };
    },
  };
}
