// The processes of the product and what each is told. Invariant 4 begins here: a process gets the address of the
// database under its own role and of nobody else's, and only the provisioner hears of a container engine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.mjs";
import { root } from "./node24.mjs";

const READY_MS = 60_000;
const STOP_MS = 10_000;
/** The engine stops every workstation first; PostgreSQL finishes what it was asked. */
const STOP_SLOW_MS = 30_000;

/** Each role's database URL, as the migration wrote them. Read when needed: they do not exist before it ran. */
export const databaseUrls = (settings) => JSON.parse(readFileSync(settings.paths.databaseUrls, "utf8"));

/**
 * @param {ReturnType<import("./settings.mjs").readSettings>} settings
 * @param {{ node: string, rehearsalPort: number, outside: Record<string, string | undefined> }} context
 */
export function productProcesses(settings, { node, rehearsalPort, outside }) {
  const rehearsalUrl = `http://127.0.0.1:${rehearsalPort}`;
  const origins = { NIGHTGATE_WEB_ORIGIN: settings.webOrigin, NIGHTGATE_GATE_ORIGIN: settings.gateOrigin };
  const spec = (name, command, own, more = {}) => ({
    name,
    command: [node, ...command],
    cwd: root,
    env: childEnvironment(outside, { NIGHTGATE_HOME: settings.home, ...own }),
    logs: settings.paths.logs,
    readyMs: READY_MS,
    stopMs: STOP_MS,
    ...more,
  });
  const url = (role) => databaseUrls(settings)[role];
  return {
    postgres: () => spec("postgres", ["packages/db/src/cli/postgres.ts"], {}, { stopMs: STOP_SLOW_MS }),
    migrate: () =>
      spec("migrate", ["packages/db/src/cli/migrate.ts"], { DATABASE_URL: settings.databaseUrl }),
    engine: () =>
      spec(
        "engine",
        ["apps/provisioner/src/cli/engine.ts"],
        { NIGHTGATE_DOCKER_SOCKET: settings.dockerSocket },
        { stopMs: STOP_SLOW_MS },
      ),
    rehearsal: () =>
      spec("rehearsal", ["packages/rehearsal/src/main.ts"], {
        NIGHTGATE_REHEARSAL_PORT: String(rehearsalPort),
        NIGHTGATE_REHEARSAL_URL: rehearsalUrl,
      }),
    gate: () => spec("gate", ["apps/gate/src/main.ts"], gateEnvironment()),
    code: () => spec("code", ["apps/gate/src/cli/code.ts"], gateEnvironment()),
    runner: () => spec("runner", ["apps/runner/src/main.ts"], { ...origins, DATABASE_URL: url("runner") }),
    provisioner: () =>
      spec("provisioner", ["apps/provisioner/src/main.ts"], {
        DATABASE_URL: url("provisioner"),
        NIGHTGATE_DOCKER_SOCKET: settings.dockerSocket,
      }),
    web: () =>
      spec(
        "web",
        [
          join(root, "node_modules/next/dist/bin/next"),
          "start",
          "-H",
          "127.0.0.1",
          "-p",
          String(settings.webPort),
        ],
        {
          ...origins,
          ...ports(),
          DATABASE_URL: url("web"),
          NIGHTGATE_REHEARSAL_URL: rehearsalUrl,
          NEXT_TELEMETRY_DISABLED: "1",
        },
        { cwd: join(root, "apps/web") },
      ),
  };

  function ports() {
    return { NIGHTGATE_WEB_PORT: String(settings.webPort), NIGHTGATE_GATE_PORT: String(settings.gatePort) };
  }
  function gateEnvironment() {
    return { ...origins, ...ports(), DATABASE_URL: url("gate"), NIGHTGATE_REHEARSAL_URL: rehearsalUrl };
  }
}
