// The processes of the product and what each is told. Invariant 4 begins here: a process gets the address of the
// database under its own role and of nobody else's, and only the provisioner hears of a container engine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.mjs";
import { root } from "./node24.mjs";

const NEXT = join(root, "node_modules/next/dist/bin/next");
const READY_MS = 60_000;
const STOP_MS = 10_000;
/** The engine stops every workstation first; PostgreSQL finishes what it was asked. */
const STOP_SLOW_MS = 30_000;

/** Each role's database URL, as the migration wrote them. Read when needed: they do not exist before it ran. */
export const databaseUrls = (settings) => JSON.parse(readFileSync(settings.paths.databaseUrls, "utf8"));

/**
 * Answers how to start each process, by name. Called late, because what a process is told may not exist earlier.
 * @param {ReturnType<import("./settings.mjs").readSettings>} settings
 * @param {{ node: string, rehearsalPort: number, outside: Record<string, string | undefined> }} context
 */
export function productProcesses(settings, { node, rehearsalPort, outside }) {
  const told = environments(settings, `http://127.0.0.1:${rehearsalPort}`);
  const spec = (name, script, env, more = {}) => ({
    name,
    command: [node, ...script],
    cwd: root,
    env: childEnvironment(outside, { NIGHTGATE_HOME: settings.home, ...env }),
    logs: settings.paths.logs,
    readyMs: READY_MS,
    stopMs: STOP_MS,
    ...more,
  });
  const slowly = { stopMs: STOP_SLOW_MS };
  const nextStart = [NEXT, "start", "-H", "127.0.0.1", "-p", String(settings.webPort)];
  return {
    postgres: () => spec("postgres", ["packages/db/src/cli/postgres.ts"], {}, slowly),
    migrate: () => spec("migrate", ["packages/db/src/cli/migrate.ts"], told.migrate()),
    engine: () => spec("engine", ["apps/provisioner/src/cli/engine.ts"], told.engine(), slowly),
    rehearsal: () => spec("rehearsal", ["packages/rehearsal/src/main.ts"], told.rehearsal()),
    gate: () => spec("gate", ["apps/gate/src/main.ts"], told.gate()),
    code: () => spec("code", ["apps/gate/src/cli/code.ts"], {}),
    runner: () => spec("runner", ["apps/runner/src/main.ts"], told.runner()),
    provisioner: () => spec("provisioner", ["apps/provisioner/src/main.ts"], told.provisioner()),
    web: () => spec("web", nextStart, told.web(), { cwd: join(root, "apps/web") }),
  };
}

/** What each process is told beside the home and the allow-list of child-environment.mjs. */
function environments(settings, rehearsalUrl) {
  const origins = { NIGHTGATE_WEB_ORIGIN: settings.webOrigin, NIGHTGATE_GATE_ORIGIN: settings.gateOrigin };
  const ports = {
    NIGHTGATE_WEB_PORT: String(settings.webPort),
    NIGHTGATE_GATE_PORT: String(settings.gatePort),
  };
  const database = (role) => ({ DATABASE_URL: databaseUrls(settings)[role] });
  const rehearsal = { NIGHTGATE_REHEARSAL_URL: rehearsalUrl };
  const push = { NIGHTGATE_PUSH_ALLOWED_HOSTS: settings.pushAllowedHosts };
  const engine = { NIGHTGATE_DOCKER_SOCKET: settings.dockerSocket };
  return {
    migrate: () => ({ DATABASE_URL: settings.databaseUrl }),
    engine: () => engine,
    rehearsal: () => ({ ...rehearsal, NIGHTGATE_REHEARSAL_PORT: new URL(rehearsalUrl).port }),
    gate: () => ({ ...origins, ...ports, ...rehearsal, ...push, ...settings.forTests, ...database("gate") }),
    runner: () => ({ ...origins, ...database("runner") }),
    provisioner: () => ({ ...engine, ...database("provisioner") }),
    web: () => ({ ...origins, ...ports, ...rehearsal, ...database("web"), NEXT_TELEMETRY_DISABLED: "1" }),
  };
}
