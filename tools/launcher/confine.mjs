// How a process of the product is started by root: as a user of its own, without capabilities, and with the program
// read-only wherever it lies, below root's own folder too. See docs/decisions for why.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./node24.mjs";

const SCRIPT = join(root, "tools/launcher/confine.sh");
const STAGE = "/run/nightgate/view";

/** Makes what the script needs; once, before the first process. */
export function makeStage() {
  mkdirSync(STAGE, { recursive: true, mode: 0o711 });
}

/**
 * The command that becomes `command` (same process id) as `user`.
 * @param {{ uid: number, gid: number }} user
 * @param {{ command: string[], cwd: string, ro: string[], rw: string[] }} what paths that it needs and could perhaps not
 *   walk to: program and data
 */
export function confined(user, { command, cwd, ro, rw }) {
  const view = viewOf(user, { ro, rw }).flatMap(({ kind, path }) => [`--${kind}`, path]);
  const who = [String(user.uid), String(user.gid), "077", cwd];
  return {
    command: [
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "--",
      "sh",
      SCRIPT,
      STAGE,
      ...who,
      ...view,
      "--",
      ...command,
    ],
    cwd: "/",
  };
}

/**
 * What is mounted for `user`, parents first: every folder on the way that it may not walk through is covered by an empty one.
 * @returns {{ kind: "cover" | "ro" | "rw", path: string }[]}
 */
export function viewOf(user, { ro, rw }, statOf = statSync) {
  const view = new Map();
  for (const path of [...ro, ...rw]) {
    const closed = walkStopsAt(user, path, statOf);
    if (closed) view.set(closed, "cover");
  }
  for (const path of ro) view.set(path, "ro");
  for (const path of rw) view.set(path, "rw");
  const depth = (path) => path.split("/").length;
  return [...view].map(([path, kind]) => ({ kind, path })).sort((a, b) => depth(a.path) - depth(b.path));
}

/** The first folder above `path` that `user` may not walk through; undefined when the way is open. */
export const walkStopsAt = (user, path, statOf = statSync) =>
  ancestors(path).find((folder) => !mayWalk(user, statOf(folder)));

/** From the top down, without the root and the path itself. */
function ancestors(path) {
  const above = dirname(path);
  return above === "/" || above === path ? [] : [...ancestors(above), above];
}

export function mayWalk({ uid, gid }, { mode, uid: owner, gid: group }) {
  if (owner === uid) return (mode & 0o100) !== 0;
  return (mode & (group === gid ? 0o010 : 0o001)) !== 0;
}
