import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, createServer, type TLSSocket } from "node:tls";
import { newId } from "@nightgate/shared/ids";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NET_LIMITS } from "./limits.ts";
import { listenOnLoopback } from "./testing/world.ts";
import { createWorkstationAuthorities, type WorkstationAuthorities } from "./workstation-authorities.ts";

const DAY_MS = 86_400_000;
let folder: string;
let authorities: WorkstationAuthorities;
const workstation = newId("workstation");
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ng-ca-"));
  authorities = createWorkstationAuthorities({ folder });
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A TLS server that shows the leaf for `host`. */
async function serve(host: string, of = workstation): Promise<number> {
  const server = createServer(
    {
      SNICallback: (_name, done) => {
        void authorities.secureContext(of, host).then(done.bind(null, null));
      },
    },
    (socket) => socket.end("hello"),
  );
  server.on("tlsClientError", () => undefined);
  servers.push(server);
  return await listenOnLoopback(server);
}

async function handshake(port: number, host: string, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", servername: host, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

describe("the CA", () => {
  test("T1: its key is on the gate's disk alone, readable by the gate alone", async () => {
    await authorities.certificate(workstation);
    const own = join(folder, workstation);
    expect(readdirSync(own)).toEqual(["authority.pem"]);
    expect((statSync(own).mode & 0o777).toString(8)).toBe("700");
    expect((statSync(join(own, "authority.pem")).mode & 0o777).toString(8)).toBe("600");
    expect(await authorities.certificate(workstation)).not.toContain("PRIVATE KEY");
  });

  test("is the same after a restart, and another one for each workstation", async () => {
    const first = await authorities.certificate(workstation);
    const restarted = createWorkstationAuthorities({ folder });
    expect(await restarted.certificate(workstation)).toBe(first);
    expect(await restarted.certificate(newId("workstation"))).not.toBe(first);
  });

  test("is made once when it is asked for many times at once", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => await authorities.certificate(workstation)),
    );
    expect(new Set(all).size).toBe(1);
  });

  test("a workstation's id that is a path is refused", async () => {
    await expect(authorities.certificate("../../etc")).rejects.toThrow(/Invalid string/);
  });

  test("OpenSSL finds its constraints: signs no CA, no address, not localhost", async () => {
    const file = join(folder, "ca.pem");
    writeFileSync(file, await authorities.certificate(workstation));
    const shown = execFileSync("openssl", ["x509", "-in", file, "-noout", "-text"], { encoding: "utf8" });
    expect(shown).toMatch(/X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(shown).toMatch(
      /X509v3 Name Constraints: critical\s+Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0\s+DNS:localhost/,
    );
  });
});

describe("leaves", () => {
  test("are for one name, short-lived, and trusted by that workstation", async () => {
    const socket = await handshake(await serve("registry.example.com"), "registry.example.com", {
      ca: await authorities.certificate(workstation),
    });
    const leaf = new X509Certificate(socket.getPeerCertificate().raw);
    expect(leaf.subjectAltName).toBe("DNS:registry.example.com");
    expect(leaf.ca).toBe(false);
    expect((Date.parse(leaf.validTo) - Date.now()) / DAY_MS).toBeLessThanOrEqual(
      NET_LIMITS.leafCertificateDays,
    );
    socket.destroy();
  });

  test("T2: one workstation's leaves mean nothing to another, and no leaf of an excluded name is believed", async () => {
    const other = await authorities.certificate(newId("workstation"));
    const own = await authorities.certificate(workstation);
    await expect(
      handshake(await serve("registry.example.com"), "registry.example.com", { ca: other }),
    ).rejects.toThrow(/self-signed|unable|certificate/i);
    await expect(handshake(await serve("localhost"), "localhost", { ca: own })).rejects.toThrow(
      /excluded subtree violation/,
    );
  });

  test("T2: leaf keys are in no file", async () => {
    await authorities.secureContext(workstation, "registry.example.com");
    const keys = readFileSync(join(folder, workstation, "authority.pem"), "utf8").match(/BEGIN PRIVATE KEY/g);
    expect(readdirSync(folder, { recursive: true })).toEqual([
      workstation,
      join(workstation, "authority.pem"),
    ]);
    expect(keys).toHaveLength(1);
  });

  test("are kept, and made anew before they end", async () => {
    let now = Date.now();
    const own = createWorkstationAuthorities({
      folder,
      clock: { now: () => now, wait: async () => undefined },
    });
    const first = await own.secureContext(workstation, "a.example.com");
    expect(await own.secureContext(workstation, "a.example.com")).toBe(first);
    now += (NET_LIMITS.leafCertificateDays - 2) * DAY_MS;
    expect(await own.secureContext(workstation, "a.example.com")).not.toBe(first);
  });

  test("are kept up to a limit, the least recently used goes first", async () => {
    const hurried = createWorkstationAuthorities({
      folder,
      clock: { now: () => Date.now(), wait: async () => undefined },
    });
    const first = await hurried.secureContext(workstation, "a.example.com");
    const used = await hurried.secureContext(workstation, "b.example.com");
    for (let n = 0; n < NET_LIMITS.leafCertificatesMax; n += 1) {
      await hurried.secureContext(workstation, `n${n}.example.com`);
      expect(await hurried.secureContext(workstation, "b.example.com")).toBe(used);
    }
    expect(await hurried.secureContext(workstation, "a.example.com")).not.toBe(first);
  });

  test("H39: are made once for many connections, and with pauses for many names", async () => {
    const waits: number[] = [];
    const slow = createWorkstationAuthorities({
      folder,
      clock: { now: () => Date.now(), wait: async (ms) => void waits.push(ms) },
    });
    const same = await Promise.all(
      Array.from({ length: 50 }, async () => await slow.secureContext(workstation, "a.example.com")),
    );
    expect(new Set(same).size).toBe(1);
    expect(waits).toHaveLength(1);
    await Promise.all(
      ["b", "c", "d"].map(async (name) => await slow.secureContext(workstation, `${name}.example.com`)),
    );
    expect(waits).toHaveLength(4);
    expect(Math.min(...waits)).toBeGreaterThan(0);
  });
});

test("TLS below 1.2 is not spoken", async () => {
  const ca = await authorities.certificate(workstation);
  const old = { ca, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  await expect(handshake(await serve("a.example.com"), "a.example.com", old)).rejects.toThrow(
    /protocol|alert/i,
  );
});
