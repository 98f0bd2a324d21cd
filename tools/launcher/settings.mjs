// Reads the launcher's settings once, or says everything that is wrong with them: names, never values.
import { join, resolve } from "node:path";
import { root } from "./node24.mjs";
import { Refusal } from "./say.mjs";
import { readTls } from "./tls.mjs";

/** A unix socket's path ends at 107 bytes (unix(7)); the longest that is made below the home takes 43. */
const HOME_BYTES_MAX = 64;
const WEB_PORT = 4600;
const GATE_PORT = 4601;

/** What may be set, with the sentence that documentation shows. */
export const SETTINGS = {
  NIGHTGATE_HOME: "folder of the installation's data; .nightgate beside this program by default",
  NIGHTGATE_WEB_PORT: "port of the web app on 127.0.0.1; 4600 by default",
  NIGHTGATE_GATE_PORT: "port of the gate on 127.0.0.1; 4601 by default",
  NIGHTGATE_WEB_ORIGIN: "origin under which people open the web app; http://web.localhost:PORT by default",
  NIGHTGATE_GATE_ORIGIN:
    "origin under which people open the gate, and so the passkeys' host; http://gate.localhost:PORT by default",
  NIGHTGATE_WEB_TLS_CERT: "certificate of the web app's https name, PEM; with NIGHTGATE_WEB_TLS_KEY",
  NIGHTGATE_WEB_TLS_KEY: "its key",
  NIGHTGATE_GATE_TLS_CERT: "certificate of the gate's https name, PEM; with NIGHTGATE_GATE_TLS_KEY",
  NIGHTGATE_GATE_TLS_KEY: "its key",
  NIGHTGATE_WEB_TLS_ADDRESS:
    "address of this host on which the web app ends TLS, on its origin's port; all by default",
  NIGHTGATE_GATE_TLS_ADDRESS: "the same for the gate",
  NIGHTGATE_WEB_TLS_PORT:
    "port of this host on which the web app ends TLS, where another program hands its origin's port on to it",
  NIGHTGATE_GATE_TLS_PORT: "the same for the gate",
  NIGHTGATE_ACME_DIRECTORY:
    "letsencrypt, or the directory of another ACME authority: web and gate each get their certificate by themselves; setting it accepts the authority's terms",
  NIGHTGATE_ACME_EMAIL: "where that authority writes when something is wrong",
  DATABASE_URL:
    "a PostgreSQL of your own, as a role that may create roles and databases; embedded by default",
  NIGHTGATE_DOCKER_SOCKET: "a Docker engine of your own; one of Nightgate's own by default",
  NIGHTGATE_RECOVERY_DELAY_HOURS:
    "how long a passkey that is made with a printed recovery code waits; 24 by default",
  NIGHTGATE_PUSH_ALLOWED_HOSTS:
    "hosts on private addresses that web push may be sent to, by comma: a push service of your own",
};

/** Tests only: handed on to the gate, which heeds them when NIGHTGATE_TEST is 1. */
const TEST_SETTINGS = ["NIGHTGATE_TEST", "NIGHTGATE_FAULT", "NIGHTGATE_CLIENT_WAIT_MS"];

/** @param {Record<string, string | undefined>} env */
export function readSettings(env) {
  const problems = [];
  const wrong = (name, what) => problems.push(`  ${name}: ${what}`);
  const home = readHome(env, wrong);
  const addresses = readAddresses(env, wrong);
  const tls = readTls(env, addresses, wrong);
  checkOthers(env, wrong);
  if (problems.length > 0) throw new Refusal(`These settings are not usable:\n${problems.join("\n")}`);
  return {
    home,
    paths: pathsOf(home),
    ...addresses,
    tls,
    databaseUrl: env.DATABASE_URL || null,
    dockerSocket: env.NIGHTGATE_DOCKER_SOCKET || null,
    recoveryDelayHours: env.NIGHTGATE_RECOVERY_DELAY_HOURS || null,
    pushAllowedHosts: env.NIGHTGATE_PUSH_ALLOWED_HOSTS || null,
    forTests: Object.fromEntries(TEST_SETTINGS.map((name) => [name, env[name]])),
  };
}

function readHome(env, wrong) {
  const home = resolve(root, env.NIGHTGATE_HOME || ".nightgate");
  if (Buffer.byteLength(home) > HOME_BYTES_MAX) {
    const why = `is longer than ${HOME_BYTES_MAX} bytes as a full path, too long for the sockets below it`;
    wrong("NIGHTGATE_HOME", `${why}; name a shorter folder`);
  }
  return home;
}

function readAddresses(env, wrong) {
  const webPort = readPort("NIGHTGATE_WEB_PORT", env, WEB_PORT, wrong);
  const gatePort = readPort("NIGHTGATE_GATE_PORT", env, GATE_PORT, wrong);
  if (webPort === gatePort) wrong("NIGHTGATE_GATE_PORT", "is the same as NIGHTGATE_WEB_PORT");
  const webOrigin = readOrigin("NIGHTGATE_WEB_ORIGIN", env, `http://web.localhost:${webPort}`, wrong);
  const gateOrigin = readOrigin("NIGHTGATE_GATE_ORIGIN", env, `http://gate.localhost:${gatePort}`, wrong);
  if (webOrigin !== null && gateOrigin !== null && webOrigin.hostname === gateOrigin.hostname) {
    const why = "cookies ignore ports, so the two need two names";
    wrong("NIGHTGATE_GATE_ORIGIN", `has the same host name as NIGHTGATE_WEB_ORIGIN; ${why}`);
  }
  return { webPort, gatePort, webOrigin: webOrigin?.origin, gateOrigin: gateOrigin?.origin };
}

function checkOthers(env, wrong) {
  if (env.DATABASE_URL && !/^postgres(ql)?:\/\/[^\s]+$/.test(env.DATABASE_URL)) {
    wrong("DATABASE_URL", "is not a postgresql:// URL");
  }
  if (env.NIGHTGATE_DOCKER_SOCKET && !env.NIGHTGATE_DOCKER_SOCKET.startsWith("/")) {
    wrong("NIGHTGATE_DOCKER_SOCKET", "is not an absolute path of a socket");
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith("NIGHTGATE_") || name in SETTINGS || TEST_SETTINGS.includes(name)) continue;
    wrong(name, "is not a setting of Nightgate; npm start -- --help lists them");
  }
}

/** Where the launcher keeps its own things below the home. */
function pathsOf(home) {
  return {
    logs: join(home, "logs"),
    lock: join(home, "launcher/lock.json"),
    children: join(home, "launcher/children.json"),
    ports: join(home, "launcher/ports.json"),
    databaseUrls: join(home, "database-urls.json"),
    npmSettings: join(home, "npmrc"),
    tls: join(home, "tls"),
  };
}

function readPort(name, env, otherwise, wrong) {
  const raw = env[name];
  if (!raw) return otherwise;
  const port = Number(raw);
  if (/^\d+$/.test(raw) && port >= 1 && port <= 65_535) return port;
  wrong(name, "is not a port number between 1 and 65535");
  return otherwise;
}

function readOrigin(name, env, otherwise, wrong) {
  let url = null;
  try {
    url = new URL(env[name] || otherwise);
  } catch {
    wrong(name, "is not a URL");
    return null;
  }
  if (url.pathname !== "/" || url.search || url.hash || url.username)
    wrong(name, "is more than an origin: only https://NAME[:PORT]");
  const local = url.hostname === "localhost" || url.hostname.endsWith(".localhost");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) {
    wrong(name, "must be https, or http on a name under localhost: browsers do passkeys nowhere else");
  }
  return url;
}
