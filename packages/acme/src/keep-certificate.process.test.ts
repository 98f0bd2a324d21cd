// Certificates from an authority that speaks real ACME, proved on a real TLS port, in a process that trusts its CA by nothing but the test.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, setDefaultCACertificates, getCACertificates } from "node:tls";
import type { Clock } from "@nightgate/shared/clock";
import { openTlsFront, type TlsFront } from "@nightgate/shared/tls-front";
import { type AcmeAuthority, startAcmeAuthority } from "@nightgate/testkit/fake-internet/acme-authority";
import { freePort } from "@nightgate/testkit/free-port";
import { until } from "@nightgate/testkit/until";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type KeptCertificate, keepCertificate } from "./keep-certificate.ts";

const NAME = "gate.nightgate.test";
const folder = mkdtempSync(join(tmpdir(), "nightgate-acme-"));
const trusted = getCACertificates("default");
let authority: AcmeAuthority;
let port: number;
let days = 90;
const open: { stop(): Promise<void> }[] = [];

/** Waits are over at once, but for the long ones, which a test ends by `pass`. */
function fastClock(): Clock & { pass(ms: number): void } {
  let ahead = 0;
  const long = new Set<() => void>();
  return {
    now: () => Date.now() + ahead,
    wait: async (ms, signal) => {
      if (ms < 10_000) return await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve, reject) => {
        long.add(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    },
    pass: (ms) => {
      ahead += ms;
      for (const wake of long) wake();
      long.clear();
    },
  };
}

beforeAll(async () => {
  port = await freePort();
  authority = await startAcmeAuthority({
    folder: mkdtempSync(join(folder, "ca-")),
    portOf: () => port,
    get days() {
      return days;
    },
  });
  setDefaultCACertificates([...trusted, readFileSync(authority.caFile, "utf8")]);
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.stop();
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await authority.stop();
  rmSync(folder, { recursive: true });
});

interface Served {
  kept: KeptCertificate;
  front: TlsFront;
  clock: ReturnType<typeof fastClock>;
  files: { certificate: string; key: string };
  said: string[];
}

async function serve(home = mkdtempSync(join(folder, "gate-")), listening = true): Promise<Served> {
  const files = { certificate: join(home, "acme/live.crt"), key: join(home, "acme/live.key") };
  const clock = fastClock();
  const said: string[] = [];
  const log = {
    info: (_fields: object, message: string) => void said.push(message),
    error: (fields: Record<string, unknown>, message: string) =>
      void said.push(`${message}: ${String(fields["detail"])}`),
  };
  const kept = await keepCertificate({
    hostname: NAME,
    directory: authority.directory,
    email: "ada@nightgate.test",
    files,
    clock,
    log,
  });
  const front = await openTlsFront({
    origin: `https://${NAME}`,
    address: "127.0.0.1",
    port: listening ? port : await freePort(),
    files,
    challenges: kept.challenges,
    onConnection: (socket) => void socket.end("hello"),
    clock,
    log,
  });
  open.push(front, kept);
  kept.start(() => front.look());
  return { kept, front, clock, files, said };
}

async function greet(ALPNProtocols: string[] = ["http/1.1"]): Promise<string> {
  return await new Promise((resolve) => {
    const options = {
      port,
      host: "127.0.0.1",
      servername: NAME,
      ca: readFileSync(authority.caFile),
      ALPNProtocols,
    };
    const socket = connect(options);
    socket.once("data", (bytes) => {
      resolve(String(bytes));
      socket.destroy();
    });
    socket.once("error", (error: Error) => resolve(error.message));
    socket.once("close", () => resolve("closed"));
  });
}

test("a name without a certificate gets one, serves nobody before, and renews it in time without a restart", async () => {
  days = 2;
  const { clock, files, said } = await serve();
  expect(await greet()).not.toBe("hello");
  await until(
    `the certificate (${authority.refused.join("; ")} ${said.join("; ")})`,
    20_000,
    async () => (await greet()) === "hello",
  );
  expect(statSync(files.key).mode & 0o777).toBe(0o600);
  expect(readFileSync(files.certificate, "utf8").match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  const [first, count] = [readFileSync(files.certificate, "utf8"), authority.issued.length];
  clock.pass(3_600_000);
  clock.pass(1.5 * 86_400_000);
  await until(
    "the renewal",
    20_000,
    () => authority.issued.length > count && readFileSync(files.certificate, "utf8") !== first,
  );
  await until("the new one to serve", 20_000, async () => (await greet()) === "hello");
  // A challenge is answered while one is open, and never else.
  expect(await greet(["acme-tls/1"])).not.toBe("hello");
  days = 90;
});

test("a nonce that went stale is taken anew; a second start keeps the certificate that it has", async () => {
  const home = mkdtempSync(join(folder, "gate-"));
  authority.loseNonce();
  await serve(home);
  await until("the certificate", 20_000, async () => (await greet()) === "hello");
  const count = authority.issued.length;
  for (const each of open.splice(0).toReversed()) await each.stop();
  const { said } = await serve(home);
  expect(await greet()).toBe("hello");
  expect(authority.issued.length).toBe(count);
  expect(said).toEqual([]);
});

test("where the name's port is not ours nothing is issued, and the reason is said", async () => {
  const { said, clock } = await serve(undefined, false);
  const line = await until("the refusal", 20_000, () => said[0]);
  expect(line).toMatch(/could not see that gate\.nightgate\.test is ours: The port did not answer/);
  clock.pass(60_000);
  await until("the second attempt", 20_000, () => said.length > 1);
});
