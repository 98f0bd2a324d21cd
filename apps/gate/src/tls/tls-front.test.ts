// A name's TLS: real handshakes against real files, renewal without a restart, and every way in which files can be wrong said by name.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { Clock } from "@nightgate/shared/clock";
import { openTlsFront, readPair, TlsNotUsable } from "@nightgate/shared/tls-front";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { freePort } from "@nightgate/testkit/free-port";
import { afterAll, beforeAll, expect, test } from "vitest";

const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "nightgate-tls-")));
const [first = "", second = ""] = folders;
const files = { certificate: join(first, "live.pem"), key: join(first, "live.key") };

beforeAll(() => {
  for (const folder of folders) makeCertificate(folder);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function install(folder: string): void {
  copyFileSync(join(folder, "server.pem"), files.certificate);
  copyFileSync(join(folder, "server.key"), files.key);
}

/** What a client that trusts only this authority hears: the greeting, or why it would not listen. */
async function greet(port: number, folder: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({
      port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: readFileSync(join(folder, "ca.pem")),
    });
    socket.once("data", (bytes) => {
      resolve(String(bytes));
      socket.destroy();
    });
    socket.once("error", (error: Error) => resolve(error.message));
  });
}

/** Time that a test moves: each look at the files is one call of `look`. */
function handClock(): { clock: Clock; look(): void } {
  let wake: (() => void) | undefined;
  return {
    clock: {
      now: () => Date.now(),
      wait: async (_ms, signal) =>
        await new Promise<void>((resolve, reject) => {
          wake = resolve;
          signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
    },
    look: () => wake?.(),
  };
}

test("serves a name, takes up renewed files without a restart, and keeps the earlier ones where the new are not usable", async () => {
  install(first);
  const port = await freePort();
  const { clock, look } = handClock();
  const said: string[] = [];
  const front = await openTlsFront({
    origin: `https://localhost:${port}`,
    address: "127.0.0.1",
    files,
    onConnection: (socket) => void socket.end("hello"),
    clock,
    log: { error: (fields) => void said.push(String(fields["detail"])) },
  });
  try {
    expect(await greet(port, first)).toBe("hello");
    expect(await greet(port, second)).not.toBe("hello");
    copyFileSync(join(second, "server.key"), files.key);
    look();
    await expect.poll(() => said.join()).toMatch(/live\.key is not that of the certificate/);
    expect(await greet(port, first)).toBe("hello");
    install(second);
    look();
    await expect.poll(async () => await greet(port, second)).toBe("hello");
  } finally {
    await front.stop();
  }
  expect(await greet(port, second)).toMatch(/ECONNREFUSED/);
});

test("what is wrong with the files is said with the file's name, and never with its content", () => {
  install(first);
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof TlsNotUsable) return error.message;
      throw error;
    }
    throw new Error("nothing was refused");
  };
  const now = Date.now();
  const day = 86_400_000;
  expect(readPair(files, "localhost", now).cert).toContain("BEGIN CERTIFICATE");
  expect(refusal(() => readPair(files, "gate.example", now))).toMatch(/not for gate\.example.*DNS:localhost/);
  expect(refusal(() => readPair(files, "localhost", now + 3 * day))).toMatch(/ended on/);
  expect(refusal(() => readPair(files, "localhost", now - day))).toMatch(/begins on/);
  expect(refusal(() => readPair({ ...files, key: join(first, "none") }, "localhost", now))).toMatch(/ENOENT/);
  writeFileSync(files.key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
  const unreadable = refusal(() => readPair(files, "localhost", now));
  expect(unreadable).toMatch(/live\.key is not PEM/);
  expect(unreadable).not.toContain("c2VjcmV0");
});

test("a port that is taken is said", async () => {
  install(first);
  const port = await freePort();
  const options = {
    origin: `https://localhost:${port}`,
    address: "127.0.0.1",
    files,
    onConnection: () => undefined,
    clock: handClock().clock,
    log: { error: () => undefined },
  };
  const front = await openTlsFront(options);
  await expect(openTlsFront(options)).rejects.toThrow(/is taken by another program/);
  await front.stop();
});
