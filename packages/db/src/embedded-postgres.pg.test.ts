// The embedded server whose starter is killed: the next start finds the folder, the port and every committed row.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { keptPort } from "./postgres-port.ts";

const PROGRAM = fileURLToPath(new URL("cli/postgres.ts", import.meta.url));
let home = "";
const started: ChildProcess[] = [];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "nightgate-postgres-"));
});
afterEach(async () => {
  for (const child of started.splice(0)) await end(child, "SIGTERM");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Starts it as the launcher does: in a process group of its own, ready when it says so. */
async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env["PATH"], NIGHTGATE_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  started.push(child);
  const ready = await new Promise((resolve) => {
    child.stdout?.once("data", (text: Buffer) => resolve(String(text)));
    child.once("exit", () => resolve("ended"));
  });
  expect(ready).toBe("ready\n");
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await ended;
}

const port = (): number => Number(readFileSync(join(home, "postgres/port"), "utf8"));
const postmaster = (): number =>
  Number(readFileSync(join(home, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);

async function ask(sql: string): Promise<unknown> {
  const password = readFileSync(join(home, "postgres/superuser-password"), "utf8").trim();
  const client = new pg.Client({
    connectionString: `postgresql://postgres:${password}@127.0.0.1:${port()}/postgres`,
  });
  client.on("error", (error) => error);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.at(-1);
  } finally {
    await client.end();
  }
}

test("started again after SIGKILL: on the same port, with what was committed, and rid of the server that was left", async () => {
  const first = await start();
  const kept = port();
  await ask("CREATE TABLE kept AS SELECT 1 AS one");
  const left = postmaster();
  await end(first, "SIGKILL");
  // Nobody has ended its group: the server lives, and holds folder and port.
  expect(await ask("SELECT one FROM kept")).toEqual({ one: 1 });
  await start();
  expect(port()).toBe(kept);
  expect(postmaster()).not.toBe(left);
  expect(await ask("SELECT one FROM kept")).toEqual({ one: 1 });
});

test("whoever ends the group of a killed starter ends the server with it, and it comes back", async () => {
  const first = await start();
  const kept = port();
  await ask("CREATE TABLE group_kept AS SELECT 2 AS two");
  const ended = new Promise((resolve) => first.once("exit", resolve));
  process.kill(-(first.pid ?? 0), "SIGKILL");
  await ended;
  await expect.poll(async () => await ask("SELECT 1").catch(() => "away")).toBe("away");
  await start();
  expect(port()).toBe(kept);
  expect(await ask("SELECT two FROM group_kept")).toEqual({ two: 2 });
});

test("a port that somebody else keeps is given up for another, which is remembered", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  const taken = typeof address === "object" && address ? address.port : 0;
  const file = join(home, "some-port");
  writeFileSync(file, String(taken));
  const found = await keptPort(file, 200);
  other.close();
  expect(found).not.toBe(taken);
  expect(Number(readFileSync(file, "utf8"))).toBe(found);
});
