/** A certificate authority and one server certificate for 127.0.0.1, made by openssl(1) for one test run. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  /** To be trusted by what is tested (NODE_EXTRA_CA_CERTS). */
  caFile: string;
  certificate: string;
  key: string;
}

function openssl(folder: string, ...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

/** Makes them in `folder`, valid for two days, for 127.0.0.1 and localhost, or for the names given. The files are ca.pem, server.pem and server.key. */
export function makeCertificate(folder: string, names: readonly string[] = ["localhost"]): TestCertificate {
  openssl(
    folder,
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=Test authority",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  openssl(
    folder,
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    "/CN=127.0.0.1",
    "-keyout",
    "server.key",
    "-out",
    "server.csr",
  );
  writeFileSync(
    join(folder, "names.cnf"),
    `subjectAltName=IP:127.0.0.1,${names.map((name) => `DNS:${name}`).join(",")}\n`,
  );
  openssl(
    folder,
    "x509",
    "-req",
    "-in",
    "server.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names.cnf",
    "-out",
    "server.pem",
  );
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  return { caFile: join(folder, "ca.pem"), certificate: read("server.pem"), key: read("server.key") };
}
