/** Puts the workstation's own CA beside those of the system, in the one bundle that every tool is pointed at. */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { textOf, writeIfChanged } from "./write-if-changed.ts";

const MARK = "# Nightgate: the CA of this workstation\n";

/** The bundle, relative to the root of the file system. */
export const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
export const CA_FILE = "/usr/local/share/ca-certificates/nightgate.crt";

/** Installs `pem` (one certificate) below `root`. Throws if it is no certificate. */
export async function installCertificate(root: string, pem: string): Promise<void> {
  const certificate = new X509Certificate(pem).toString().trim();
  await writeIfChanged(join(root, CA_FILE), `${certificate}\n`);
  const bundle = await textOf(join(root, CA_BUNDLE));
  const system = bundle.split(MARK)[0] ?? "";
  await writeIfChanged(join(root, CA_BUNDLE), `${system}${MARK}${certificate}\n`);
}
