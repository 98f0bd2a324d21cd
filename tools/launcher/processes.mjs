// The processes of the product and what each is told. Invariant 4 begins here: a process gets the address of the
// database under its own role and of nobody else's, and only the provisioner hears of a container engine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.mjs";
import { confined } from "./confine.mjs";
import { root } from "./node24.mjs";
import { programPaths } from "./program-paths.mjs";
import { toldOfTls } from "./tls.mjs";

const NEXT = join(root, "node_modules/next/dist/bin/next");
const READY_MS = 60_000;
const STOP_MS = 10_000;
/** The engine stops every workstation first; PostgreSQL finishes what it was asked. */
const STOP_SLOW_MS = 30_000;

/** Each role's database URL, as the migration wrote them. Read when needed: they do not exist before it ran. */
export const databaseUrls = (settings) => JSON.parse(readFileSync(settings.paths.databaseUrls, "utf8"));

/** Whose user a process runs as, where it is not the one of its own name; null is root's own. */
const RUNS_AS = {
  migrate: "postgres",
  code: "gate",
  recover: "gate",
  engine: null,
  exportLog: "gate",
  copyOut: "postgres",
  copyIn: "postgres",
  afterRestore: "gate",
  homes: null,
};

/**
 * Answers how to start each process, by name. Called late, because what a process is told may not exist earlier.
 * @param {ReturnType<import("./settings.mjs").readSettings>} settings
 * @param {{ node: string, rehearsalPort: number, outside: Record<string, string | undefined>,
 *   users?: Record<string, { uid: number, gid: number }> | null, engineSocket?: string | null }} context `users` is
 *   null where all processes run as whoever starts them
 */
export function productProcesses(settings, context) {
  const { node, rehearsalPort, outside, users = null } = context;
  const told = environments(settings, `http://127.0.0.1:${rehearsalPort}`, context);
  const spec = (name, script, env, more = {}) => ({
    name,
    env: childEnvironment(outside, {
      NIGHTGATE_HOME: settings.home,
      ...ownFolder(settings, name, users),
      ...env,
    }),
    logs: settings.paths.logs,
    readyMs: READY_MS,
    stopMs: STOP_MS,
    // No signal opens a debugger in it (attack V7).
    ...asOwnUser(settings, name, context, {
      command: [node, "--disable-sigusr1", ...script],
      cwd: more.cwd ?? root,
    }),
    ...(more.stopMs && { stopMs: more.stopMs }),
  });
  const slowly = { stopMs: STOP_SLOW_MS };
  const nextStart = [NEXT, "start", "-H", "127.0.0.1", "-p", String(settings.webPort)];
  return {
    postgres: () => spec("postgres", ["packages/db/src/cli/postgres.ts"], {}, slowly),
    migrate: () => spec("migrate", ["packages/db/src/cli/migrate.ts"], told.migrate()),
    engine: () => spec("engine", ["apps/provisioner/src/cli/engine.ts"], told.engine(), slowly),
    rehearsal: () => spec("rehearsal", ["packages/rehearsal/src/main.ts"], told.rehearsal()),
    gate: () => spec("gate", [...SMALL, "apps/gate/dist/gate.mjs"], { ...told.gate(), ...RETURNING }),
    code: () => spec("code", ["apps/gate/src/cli/code.ts"], {}),
    recover: () => spec("recover", ["apps/gate/src/cli/recover.ts"], told.recover()),
    copyOut: () => spec("copyOut", ["packages/db/src/cli/copy-out.ts"], told.migrate()),
    copyIn: () => spec("copyIn", ["packages/db/src/cli/copy-in.ts"], told.migrate()),
    afterRestore: () => spec("afterRestore", ["apps/gate/src/cli/after-restore.ts"], told.recover()),
    exportLog: () => spec("exportLog", ["apps/gate/src/cli/export-log.ts"], told.recover()),
    homes: () => spec("homes", ["apps/provisioner/src/cli/homes.ts"], told.engine()),
    runner: () => spec("runner", ["apps/runner/src/main.ts"], told.runner()),
    provisioner: () => spec("provisioner", ["apps/provisioner/src/main.ts"], told.provisioner()),
    web: () => spec("web", nextStart, told.web(), { cwd: join(root, "apps/web") }),
  };
}

/**
 * The gate waits for others and computes little: a small young generation, `gc` for what has passed through (net/spent-buffers.ts), and not
 * the compiler that takes 40 MB for a moment. docs/benchmarks.md has what it comes to.
 */
const SMALL = ["--max-semi-space-size=2", "--optimize-for-size", "--expose-gc", "--no-turbofan"];

/** One arena, and what is larger than 16 KB by itself, so that it goes back when it is freed. Said, or the C library raises the limit by itself. */
const RETURNING = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "16384",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_TOP_PAD_: "65536",
};

const userOf = (name) => (name in RUNS_AS ? RUNS_AS[name] : name);

/** @returns {{ command: string[], cwd: string }} */
function asOwnUser({ home }, name, { users = null, node, outside }, { command, cwd }) {
  const user = users?.[userOf(name)];
  if (!user) return { command, cwd };
  // The provisioner looks whether sockets are there, and sees nothing else of whose they are.
  const sockets = ["gate/sockets", "runner/sockets"].map((folder) => join(home, folder));
  const ro = [...programPaths(user, { node, outside }), ...(name === "provisioner" ? sockets : [])];
  return confined(user, { command, cwd, ro, rw: [home] });
}

/** A process with a user of its own has no home but its folder: that of whoever starts it is closed to it. */
function ownFolder({ home, paths }, name, users) {
  const own = users && userOf(name);
  if (!own) return {};
  const folder = join(home, own);
  const npm = name === "provisioner" ? paths.npmSettings : null;
  return { HOME: folder, TMPDIR: join(folder, "tmp"), USER: `nightgate-${own}`, NPM_CONFIG_USERCONFIG: npm };
}

/** What each process is told beside the home and the allow-list of child-environment.mjs. */
function environments(settings, rehearsalUrl, { users = null, engineSocket = null }) {
  const origins = { NIGHTGATE_WEB_ORIGIN: settings.webOrigin, NIGHTGATE_GATE_ORIGIN: settings.gateOrigin };
  const ports = {
    NIGHTGATE_WEB_PORT: String(settings.webPort),
    NIGHTGATE_GATE_PORT: String(settings.gatePort),
  };
  const database = (role) => ({ DATABASE_URL: databaseUrls(settings)[role] });
  const rehearsal = { NIGHTGATE_REHEARSAL_URL: rehearsalUrl };
  const push = {
    NIGHTGATE_PUSH_ALLOWED_HOSTS: settings.pushAllowedHosts,
    NIGHTGATE_RECOVERY_DELAY_HOURS: settings.recoveryDelayHours,
  };
  const given = { NIGHTGATE_DOCKER_SOCKET: settings.dockerSocket };
  const only = users && { NIGHTGATE_ENGINE_FOR: `${users.provisioner.uid}:${users.provisioner.gid}` };
  const engine = { NIGHTGATE_DOCKER_SOCKET: users ? engineSocket : settings.dockerSocket };
  return {
    migrate: () => ({ DATABASE_URL: settings.databaseUrl }),
    engine: () => ({ ...given, ...only }),
    rehearsal: () => ({ ...rehearsal, NIGHTGATE_REHEARSAL_PORT: new URL(rehearsalUrl).port }),
    gate: () => ({
      ...origins,
      ...ports,
      ...rehearsal,
      ...push,
      ...toldOfTls(settings, "gate"),
      ...settings.forTests,
      ...database("gate"),
    }),
    recover: () => database("gate"),
    runner: () => ({ ...origins, ...settings.forTests, ...database("runner") }),
    provisioner: () => ({ ...engine, ...settings.forTests, ...database("provisioner") }),
    web: () => ({
      ...origins,
      ...ports,
      ...rehearsal,
      ...toldOfTls(settings, "web"),
      ...database("web"),
      NEXT_TELEMETRY_DISABLED: "1",
    }),
  };
}
