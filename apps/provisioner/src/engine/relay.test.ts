/** The doors of the engine's process: bytes and ends of both sides arrive, and the helper tells how its work went. */
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Problem } from "@nightgate/shared/problems";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BaseOptions } from "../image/base.ts";
import { debootstrapBy, serveBaseHelper } from "./base-helper.ts";
import { openRelay } from "./relay.ts";

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let folder = "";
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-relay-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  rmSync(folder, { recursive: true, force: true });
});

test("a door hands on what is said after one side has said all, and opens to its owner alone", async () => {
  const engine = createServer({ allowHalfOpen: true }, (socket) => {
    // Answers once it has heard everything, as an engine does that is sent an image.
    void text(socket).then((heard) => socket.end(`heard ${heard.length}`));
  });
  engine.listen(join(folder, "engine.sock"));
  await once(engine, "listening");
  ends.push(async () => await new Promise((done) => engine.close(done)));
  const door = await openRelay(join(folder, "door.sock"), join(folder, "engine.sock"), owner);
  ends.push(door.close);
  expect(statSync(join(folder, "door.sock")).mode & 0o777).toBe(0o600);
  const client = createConnection({ path: join(folder, "door.sock"), allowHalfOpen: true });
  client.end("x".repeat(1_000_000));
  expect(await text(client)).toBe("heard 1000000");
});

test("a door to an engine that is away ends the connection", async () => {
  const door = await openRelay(join(folder, "door.sock"), join(folder, "nobody.sock"), owner);
  ends.push(door.close);
  const client = createConnection(join(folder, "door.sock"));
  client.on("error", () => undefined);
  await once(client, "close");
  expect(client.destroyed).toBe(true);
  expect(client.bytesRead).toBe(0);
});

async function helper(
  make: Parameters<typeof serveBaseHelper>[0]["make"],
): Promise<ReturnType<typeof debootstrapBy>> {
  const path = join(folder, "base.sock");
  const served = await serveBaseHelper({ path, owner, scratch: join(folder, "scratch"), make });
  ends.push(served.close);
  return debootstrapBy(path);
}
const asked = (signal: AbortSignal, lines: string[]): BaseOptions =>
  ({ signal, onLine: (line: string) => lines.push(line) }) as unknown as BaseOptions;

test("the helper tells progress and the end, and leaves nothing behind", async () => {
  let work = "";
  const debootstrap = await helper(async ({ workFolder, onLine }) => {
    work = workFolder;
    expect(existsSync(work)).toBe(true);
    onLine("unpacking\nlibc");
    await Promise.resolve();
  });
  const lines: string[] = [];
  await debootstrap("base:1", asked(new AbortController().signal, lines));
  expect(lines).toEqual(["unpacking libc"]);
  await expect.poll(() => existsSync(work)).toBe(false);
});

test("the helper tells why it failed; one that is not there is told too", async () => {
  const debootstrap = await helper(async () => {
    await Promise.resolve();
    throw new Problem("image.failed", { step: "Making the base system", why: "no disk is left" });
  });
  const signal = new AbortController().signal;
  await expect(debootstrap("base:1", asked(signal, []))).rejects.toThrow(/no disk is left/);
  await expect(debootstrapBy(join(folder, "none.sock"))("base:1", asked(signal, []))).rejects.toThrow(
    /ENOENT/,
  );
});

test("hanging up stops the work", async () => {
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<string>();
  const debootstrap = await helper(async ({ signal }) => {
    started.resolve();
    await once(signal, "abort");
    stopped.resolve("stopped");
  });
  const gone = new AbortController();
  const asking = debootstrap("base:1", asked(gone.signal, []));
  await started.promise;
  gone.abort();
  await expect(asking).rejects.toThrow(/aborted|image/);
  expect(await stopped.promise).toBe("stopped");
});
