// A process of the product, as the launcher keeps it: told ready, started again, and ended with all that it started.
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { childEnvironment } from "./child-environment.mjs";
import { Child } from "./child.mjs";
import { openLog } from "./log-file.mjs";

let folder = "";
const children: Child[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-child-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, more: { readyMs?: number; stopMs?: number } = {}): Child {
  const env = { PATH: process.env["PATH"] ?? "" };
  const command = ["sh", "-c", script];
  const child = new Child({
    name: "thing",
    command,
    cwd: folder,
    env,
    logs: folder,
    readyMs: 5_000,
    stopMs: 2_000,
    onChange: () => undefined,
    ...more,
  });
  children.push(child);
  return child;
}

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`);
const eventually = async (check: () => void): Promise<void> =>
  await vi.waitFor(check, { timeout: 5_000, interval: 20 });

test("stopping ends what the process had started, too, even where it ignores being asked", async () => {
  const child = start("trap '' TERM; sleep 300 & echo $! > grandchild; echo ready; wait; wait", {
    stopMs: 200,
  });
  await child.ready;
  const grandchild = Number(readFileSync(join(folder, "grandchild"), "utf8"));
  const own = child.identity()?.pid ?? 0;
  expect([isThere(own), isThere(grandchild)]).toEqual([true, true]);
  await child.stop();
  await eventually(() => expect([isThere(own), isThere(grandchild)]).toEqual([false, false]));
});

test("one that dies is started again", async () => {
  const child = start("echo life >> lives; echo ready; exec sleep 300");
  await child.ready;
  const first = child.identity()?.pid ?? 0;
  process.kill(first, "SIGKILL");
  await eventually(() => expect(readFileSync(join(folder, "lives"), "utf8")).toBe("life\nlife\n"));
  expect(child.identity()?.pid).not.toBe(first);
  expect(readFileSync(join(folder, "thing.log"), "utf8")).toContain("was ended by SIGKILL");
});

test("one that ends before it is ready is told with its last words", async () => {
  const child = start("echo the port is taken >&2; exit 3");
  await expect(child.ready).rejects.toThrow(/thing ended with 3 before it was ready[^]*the port is taken/);
});

test("one that says nothing in time is told", async () => {
  await expect(start("exec sleep 300", { readyMs: 100 }).ready).rejects.toThrow(/did not get ready/);
});

test("one that dies for wrong settings is not tried again", async () => {
  const child = start("echo life >> lives; echo ready; sleep 0.2; exit 78");
  await child.ready;
  await eventually(() => expect(child.identity()).toBeNull());
  await eventually(() => expect(readFileSync(join(folder, "thing.log"), "utf8")).toContain("ended with 78"));
  expect(readFileSync(join(folder, "lives"), "utf8")).toBe("life\n");
});

test("a log has a limit", () => {
  const path = join(folder, "small.log");
  writeFileSync(path, "");
  const log = openLog(path, 100);
  for (let line = 0; line < 50; line += 1) log.write(Buffer.from(`line ${String(line).padStart(4, "0")}\n`));
  log.close();
  const kept = readFileSync(path, "utf8") + readFileSync(`${path}.1`, "utf8");
  expect(kept.length).toBeLessThanOrEqual(200);
  expect(readFileSync(path, "utf8")).toContain("line 0049");
});

test("a log on a full disk loses words, says how many, and ends nobody", () => {
  const path = join(folder, "full.log");
  symlinkSync("/dev/full", path);
  const log = openLog(path);
  log.write(Buffer.from("lost\n"));
  log.close();
  expect(existsSync(path)).toBe(true);
});

test("a child hears of nothing but the allow-list and its own settings", () => {
  const env = childEnvironment(
    { PATH: "/bin", AWS_SECRET_ACCESS_KEY: "x", NIGHTGATE_HOME: "/else" },
    { NIGHTGATE_HOME: "/h", EMPTY: null },
  );
  expect(env).toEqual({ NODE_ENV: "production", NO_COLOR: "1", PATH: "/bin", NIGHTGATE_HOME: "/h" });
});
