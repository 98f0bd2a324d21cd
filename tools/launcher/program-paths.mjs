// What a process needs to read beside its data: this program, the Node that runs it, and certificates. They may lie
// where only root can walk to; confine.mjs then puts them in view.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { mayWalk, walkStopsAt } from "./confine.mjs";
import { root } from "./node24.mjs";
import { Refusal } from "./say.mjs";

const CERTIFICATES = [
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "PIP_CERT",
];
const TOOLCHAIN = join(root, ".nightgate/node");
/** Of version control a process needs nothing, and of data only what it is given. */
const NOT_PROGRAM = new Set([".git", ".nightgate"]);
const SAMPLES = ["package.json", "apps/gate/src/main.ts", "node_modules/.package-lock.json"];

/**
 * @param {{ uid: number, gid: number }} user
 * @param {{ node: string, outside: Record<string, string | undefined> }} context
 */
export function programPaths(user, { node, outside }) {
  const outer = [TOOLCHAIN, dirname(dirname(node)), ...CERTIFICATES.map((name) => outside[name] ?? "")];
  const closed = (path) => isAbsolute(path) && existsSync(path) && walkStopsAt(user, path) !== undefined;
  // A closed checkout is covered itself, and what is in it put back piece by piece.
  const program = mayWalk(user, statSync(root))
    ? [root]
    : readdirSync(root)
        .filter((name) => !NOT_PROGRAM.has(name))
        .map((name) => join(root, name));
  return [...new Set([...program, ...outer.filter(closed)])];
}

/** Refuses a program whose files others may not read: a view can open the way to it, but not what it is. */
export function checkProgramIsReadable() {
  const unreadable = SAMPLES.find((sample) => {
    const path = join(root, sample);
    return existsSync(path) && (statSync(path).mode & 0o004) === 0;
  });
  if (unreadable) {
    throw new Refusal(
      `Nightgate's processes run as users of their own, and those may not read ${join(root, unreadable)}. Allow it and start again: chmod -R o+rX ${root}/[a-z]*`,
    );
  }
}
