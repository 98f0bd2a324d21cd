// The certificate files of https names: read from where the operator keeps them (root's alone, often), copied for the one process that serves
// the name, and copied again when they are renewed.
import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./node24.mjs";
import { Refusal, say } from "./say.mjs";

const NAMES = ["web", "gate"];
const LOOK_EVERY_MS = 30_000;
const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** What each name is to be served with, or null: on localhost, and behind a proxy that ends TLS. */
export function readTls(env, addresses, wrong) {
  const acme = readAcme(env, wrong);
  const tls = Object.fromEntries(NAMES.map((name) => [name, readOne(env, name, { addresses, acme }, wrong)]));
  const { web, gate } = tls;
  if (web && gate && web.port === gate.port && meet(web.address, gate.address)) {
    const why =
      "has the same port as NIGHTGATE_WEB_ORIGIN on the same address, and each process ends its own TLS";
    const how =
      "give it another port, or give each an address (NIGHTGATE_WEB_TLS_ADDRESS, NIGHTGATE_GATE_TLS_ADDRESS), or have a program that passes on by name in front (NIGHTGATE_WEB_TLS_PORT, NIGHTGATE_GATE_TLS_PORT)";
    wrong("NIGHTGATE_GATE_ORIGIN", `${why}; ${how}`);
  }
  return tls;
}

function readOne(env, name, { addresses, acme }, wrong) {
  const upper = name.toUpperCase();
  const setting = (what) => `NIGHTGATE_${upper}_TLS_${what}`;
  const [certificate, key] = [env[setting("CERT")], env[setting("KEY")]];
  const origin = addresses[`${name}Origin`];
  if (!certificate && !key) {
    return acme && isHttps(origin) ? { ...readPlace(env, name, addresses, wrong), acme } : null;
  }
  if (!certificate || !key) {
    wrong(setting(certificate ? "KEY" : "CERT"), `is needed with ${setting(certificate ? "CERT" : "KEY")}`);
    return null;
  }
  if (!isHttps(origin)) {
    wrong(setting("CERT"), `is for an https name: set NIGHTGATE_${upper}_ORIGIN to one`);
    return null;
  }
  const files = { certificate: resolve(root, certificate), key: resolve(root, key) };
  return { ...readPlace(env, name, addresses, wrong), ...files };
}

const isHttps = (origin) => origin?.startsWith("https:") === true;

/** Where it listens: on the origin's port, unless something in front hands that on to another. */
function readPlace(env, name, addresses, wrong) {
  const upper = name.toUpperCase();
  const ownPort = readTlsPort(`NIGHTGATE_${upper}_TLS_PORT`, env, wrong);
  const port = ownPort ?? Number(new URL(addresses[`${name}Origin`]).port || 443);
  if (usedInside(port, addresses)) {
    const why = "has a port that a process uses on 127.0.0.1";
    wrong(`NIGHTGATE_${upper}_ORIGIN`, `${why}; move that with NIGHTGATE_${upper}_PORT`);
  }
  const address = env[`NIGHTGATE_${upper}_TLS_ADDRESS`] || null;
  return { port, address, ...(ownPort === null ? {} : { ownPort }) };
}

function readAcme(env, wrong) {
  const named = env.NIGHTGATE_ACME_DIRECTORY;
  if (!named) return null;
  const directory = named === "letsencrypt" ? LETS_ENCRYPT : named;
  if (!/^https:\/\/[^\s]+$/.test(directory)) {
    wrong("NIGHTGATE_ACME_DIRECTORY", "is neither letsencrypt nor an https URL");
    return null;
  }
  return { directory, email: env.NIGHTGATE_ACME_EMAIL || null };
}

function readTlsPort(name, env, wrong) {
  if (!env[name]) return null;
  const port = Number(env[name]);
  if (/^\d+$/.test(env[name]) && port >= 1 && port <= 65_535) return port;
  wrong(name, "is not a port number between 1 and 65535");
  return null;
}

const usedInside = (port, { webPort, gatePort }) => port === webPort || port === gatePort;

const meet = (one, other) => one === null || other === null || one === other;

/** What the process that serves the name is told. */
export function toldOfTls({ tls, home, paths }, name) {
  if (!tls[name]) return {};
  const { acme, address, ownPort } = tls[name];
  const { cert, key } = acme ? ownFiles(home, name) : copies(paths, name);
  return {
    NIGHTGATE_TLS_CERT_FILE: cert,
    NIGHTGATE_TLS_KEY_FILE: key,
    NIGHTGATE_TLS_ADDRESS: address,
    NIGHTGATE_TLS_PORT: ownPort && String(ownPort),
    NIGHTGATE_ACME_DIRECTORY: acme?.directory,
    NIGHTGATE_ACME_EMAIL: acme?.email,
  };
}

/** In the process's own folder: it alone makes, keeps and reads them. */
const ownFiles = (home, name) => ({
  cert: join(home, name, "acme/live.crt"),
  key: join(home, name, "acme/live.key"),
});

const copies = ({ tls }, name) => ({ cert: join(tls, `${name}.crt`), key: join(tls, `${name}.key`) });

/** Copies the files now, and whenever they have changed, until the launcher ends. Refuses the start where one cannot be read. */
export function keepTlsFiles({ tls, paths }, users) {
  // What an earlier start was told and this one is not.
  rmSync(paths.tls, { recursive: true, force: true });
  const named = NAMES.filter((name) => tls[name]?.certificate);
  if (named.length === 0) return;
  // Everybody's to walk through, nobody's but the launcher's to write: a process that fell cannot mislead root here.
  mkdirSync(paths.tls, { mode: 0o711 });
  const last = new Map();
  const copyAll = () => {
    for (const name of named) copyPair(tls[name], copies(paths, name), users?.[name], last);
  };
  copyAll();
  const look = () => {
    try {
      copyAll();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(`  ${error.message} The earlier one stays in use.`);
    }
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}

function copyPair({ certificate, key }, to, user, last) {
  const pair = [read(certificate), read(key)];
  for (const [index, path] of [to.cert, to.key].entries()) {
    const bytes = pair[index];
    if (last.get(path)?.equals(bytes)) continue;
    writeFileSync(`${path}.new`, bytes, { mode: 0o400 });
    if (user) chownSync(`${path}.new`, user.uid, user.gid);
    renameSync(`${path}.new`, path);
    last.set(path, bytes);
  }
}

function read(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Refusal(`The TLS file ${path} cannot be read (${error.code}).`);
  }
}
