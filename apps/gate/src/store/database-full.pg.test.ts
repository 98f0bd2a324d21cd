// PostgreSQL on a disk that is really full (a small tmpfs): what was asked is refused as a whole and in words, what is there can be read,
// and with room all of it goes on.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@nightgate/db/embedded-postgres";
import { type GateDatabase, openGateDatabase } from "@nightgate/db/gate";
import { prepareDatabase, rolePasswords } from "@nightgate/db/migrate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tellingWhenAway } from "./database-away.ts";

const OURS = "org_aaaaaaaaaaaa";
const isRoot = process.getuid?.() === 0;
let folder: string;
let server: EmbeddedPostgres;
let db: GateDatabase;

describe.runIf(isRoot)("with a small disk", () => {
  beforeAll(async () => {
    folder = mkdtempSync("/tmp/ngp-");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m,mode=0700", "tmpfs", folder]);
    server = await startEmbeddedPostgres(join(folder, "postgres"), ["fsync=off", "log_min_messages=fatal"]);
    const passwords = rolePasswords(join(folder, "passwords.json"));
    await prepareDatabase(server.superuserUrl, "nightgate", passwords);
    const url = new URL(server.superuserUrl);
    url.username = "nightgate_gate";
    url.password = passwords.gate;
    url.pathname = "/nightgate";
    db = tellingWhenAway(openGateDatabase(url.href));
  });
  afterAll(async () => {
    await db?.close();
    await server?.stop();
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });

  /** Many rows in one transaction: all of them or none. */
  const write = async (minute: number): Promise<void> =>
    await db.asOrganization(OURS, async (tx) => {
      await tx.gateTraffic.createMany({
        data: Array.from({ length: 2_000 }, (_, at) => ({
          organizationId: OURS,
          workstationId: "ws_a",
          minute: new Date(minute * 60_000),
          target: `${at} ${"x".repeat(280)}`,
          verdict: "allow",
          count: 1n,
          bytesOut: 0n,
          bytesIn: 0n,
        })),
      });
    });
  const count = async (): Promise<number> =>
    await db.asOrganization(OURS, async (tx) => await tx.gateTraffic.count());

  test("what does not fit is refused in words and leaves nothing behind; what is there can be read; with room it goes on", async () => {
    await write(1);
    expect(await count()).toBe(2_000);
    const filler = join(folder, "filler");
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    await expect(write(2)).rejects.toMatchObject({
      code: "disk.full",
      message: expect.stringContaining("no room left on the database's disk") as string,
    });
    expect(await count()).toBe(2_000);
    rmSync(filler);
    await write(2);
    expect(await count()).toBe(4_000);
  });
});
