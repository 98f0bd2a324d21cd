/**
 * The whole product as a person starts it: `npm start` with a home and ports of its own, beside whatever else runs on the machine.
 * The container engine may be shared between products (image cache); everything else is this product's alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { freePort } from "./free-port.ts";
import { removeWorkstationsOf } from "./leftover-workstations.ts";
import { until } from "./until.ts";

const ready = z.object({
  web: z.url(),
  gate: z.url(),
  code: z.string().nullable(),
  home: z.string(),
  pids: z.record(z.string(), z.number().nullable()),
});
export type Ready = z.infer<typeof ready>;

export interface Product extends Ready {
  /** What the launcher has printed. */
  printed(): string;
  /** The end of a process's log, for evidence. */
  log(name: string, lines?: number): string;
  /** Everything all processes logged, for a search that must find nothing. */
  logs(): string;
  /** Reads the process ids anew: a killed process was started again by the launcher. */
  pidOf(name: string): number;
  /** Ctrl-C, then waits until all of it is gone. `keep` leaves the home for a second start. */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface ProductOptions {
  /** Goes on with this home (a second start). */
  home?: string;
  /** A container engine that is running already. */
  dockerSocket?: string;
  environment?: Record<string, string>;
  /** Whom it is started by, where that is not who runs the test. Only root can start it as somebody else. */
  as?: { uid: number; gid: number };
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const START_MS_MAX = 420_000;
const STOP_MS_MAX = 90_000;

/** Starts the product and resolves when it serves. On failure the error carries what the launcher printed. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const home = options.home ?? mkdtempSync("/tmp/ng-");
  const file = join(home, "ready.json");
  rmSync(file, { force: true });
  if (options.as) chownSync(home, options.as.uid, options.as.gid);
  const [web, gate] = [await freePort(), await freePort()];
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NIGHTGATE_HOME: home,
    NIGHTGATE_WEB_PORT: String(web),
    NIGHTGATE_GATE_PORT: String(gate),
    ...options.environment,
  };
  if (options.dockerSocket) env["NIGHTGATE_DOCKER_SOCKET"] = options.dockerSocket;
  const child = spawn(process.execPath, [join(ROOT, "tools/launcher/start.mjs"), "--json-ready", file], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...options.as,
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  try {
    await until("npm start", START_MS_MAX, () => {
      return child.exitCode !== null || (existsSync(file) && readFileSync(file, "utf8").endsWith("}\n"));
    });
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
  } catch (error) {
    await end(child);
    throw new Error(`The product did not start.\n${printed.join("")}`, { cause: error });
  }
  return product(ready.parse(JSON.parse(readFileSync(file, "utf8"))), child, {
    sharedEngine: options.dockerSocket ?? null,
    printed: () => printed.join(""),
  });
}

function product(
  up: Ready,
  child: ChildProcess,
  { sharedEngine, printed }: { sharedEngine: string | null; printed: () => string },
): Product {
  const logFolder = join(up.home, "logs");
  const read = (name: string): string =>
    existsSync(join(logFolder, name)) ? readFileSync(join(logFolder, name), "utf8") : "";
  return {
    ...up,
    printed,
    log: (name, lines = 40) => read(`${name}.log`).split("\n").slice(-lines).join("\n"),
    logs: () => readdirSync(logFolder).map(read).join("\n"),
    pidOf: (name) => pidOf(up.home, name),
    stop: async ({ keep = false } = {}) => {
      await end(child);
      if (keep) return;
      if (sharedEngine !== null) removeWorkstationsOf(up.home, sharedEngine);
      rmSync(up.home, { recursive: true, force: true });
    },
  };
}

const children = z.array(z.looseObject({ name: z.string(), pid: z.number() }));

function pidOf(home: string, name: string): number {
  const found = children
    .parse(JSON.parse(readFileSync(join(home, "launcher/children.json"), "utf8")))
    .find((entry) => entry.name === name);
  if (!found) throw new Error(`No process ${name} runs`);
  return found.pid;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
  await until("npm start to stop", STOP_MS_MAX, () => child.exitCode !== null || child.signalCode !== null);
}
