/** What was on its way when a backup was made is never sent again by the installation that was restored from it (invariant 6, attack V12). */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, settled } from "../testing/test-core.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());

test("invariant 6, V12: approved at the time of the backup is unknown after it, and what only waited is decided anew", async () => {
  const waits = await t.fresh();
  const approved = await t.fresh();
  await t.approveAndStop(approved);
  // Here the backup was made; what happened after it, nobody knows any more.
  const { stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "../cli/after-restore.ts"), "2026-11-21T02:00:00.000Z"],
    {
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        NIGHTGATE_HOME: join(t.gate.folder, ".."),
        DATABASE_URL: t.gate.database.urls.gate,
      },
    },
  );
  expect(JSON.parse(stdout)).toEqual({ unknown: [approved.id], pending: [waits.id] });
  await t.startAgain();
  expect(await settled(t.gate, t.ada, approved.id)).toMatchObject({
    state: "unknown",
    words: expect.stringContaining("nobody here knows") as string,
  });
  expect(t.fake.sent).toEqual([]);
  await approve(t.gate, t.ada, waits.id);
  expect((await settled(t.gate, t.ada, waits.id)).state).toBe("released");
  expect(t.fake.sent).toEqual([waits.actionDigest]);
});
