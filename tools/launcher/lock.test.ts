// Two launchers on one folder would migrate, bind and restart against each other: the second must be told who has it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLockHolder, takeLock } from "./lock.mjs";
import { identityOf } from "./process-identity.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the second asker is told who has the lock, with what it said of itself", () => {
  const path = join(folder, "lock.json");
  const first = takeLock(path, { web: "http://web.localhost:4600" });
  const second = takeLock(path);
  expect(second.release).toBeUndefined();
  expect(second.holder).toMatchObject({ pid: process.pid, web: "http://web.localhost:4600" });
  first.release?.();
  expect(readLockHolder(path)).toBeNull();
  const third = takeLock(path);
  expect(third.release).toBeDefined();
  third.release?.();
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock whose holder died is taken over", async () => {
  const path = join(folder, "lock.json");
  const child = spawn("sleep", ["60"]);
  const holder = identityOf(child.pid ?? 0);
  writeFileSync(path, JSON.stringify(holder));
  expect(takeLock(path).holder).toMatchObject({ pid: child.pid });
  child.kill("SIGKILL");
  await once(child, "close");
  expect(takeLock(path).release).toBeDefined();
});

test("a process that got the dead holder's id is not taken for it", () => {
  const path = join(folder, "lock.json");
  writeFileSync(path, JSON.stringify({ pid: process.pid, start: "another-boot:1" }));
  expect(takeLock(path).release).toBeDefined();
});
