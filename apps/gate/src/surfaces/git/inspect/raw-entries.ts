/** What differs between trees, from `diff-tree --raw -z`: modes and ids, which no attribute, replacement or rename detection can bend (G1, G2). */
import { Problem } from "@nightgate/shared/problems";
import type { PushFile } from "../../../core/ports.ts";
import type { Git } from "../git-process.ts";

/** The tree without entries; git knows it without having it. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export interface RawEntry {
  path: string;
  status: PushFile["status"];
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
}

const RAW = [
  "-r",
  "--raw",
  "-z",
  "--no-renames",
  "--no-abbrev",
  "--no-ext-diff",
  "--no-textconv",
  "--ignore-submodules=none",
];

/** Every entry in which two trees differ. */
export async function treeEntries(
  git: Git,
  dir: string,
  oldTree: string,
  newTree: string,
): Promise<RawEntry[]> {
  const output = await git.must({
    args: ["--no-replace-objects", "diff-tree", ...RAW, oldTree, newTree],
    dir,
  });
  return groups(output).flatMap(({ entries }) => entries);
}

/** For each commit the entries in which it differs from each of its parents; one group per parent that it differs from. */
export async function commitEntries(
  git: Git,
  dir: string,
  commits: readonly string[],
): Promise<{ commit: string; entries: RawEntry[] }[]> {
  if (commits.length === 0) return [];
  const output = await git.must({
    args: ["--no-replace-objects", "diff-tree", "--stdin", "-m", "--root", ...RAW],
    dir,
    input: `${commits.join("\n")}\n`,
  });
  return groups(output);
}

function groups(output: Buffer): { commit: string; entries: RawEntry[] }[] {
  const found: { commit: string; entries: RawEntry[] }[] = [];
  let at = 0;
  const next = (): Buffer | null => {
    if (at >= output.length) return null;
    const end = output.indexOf(0, at);
    const token = output.subarray(at, end < 0 ? output.length : end);
    at = end < 0 ? output.length : end + 1;
    return token;
  };
  for (let token = next(); token !== null; token = next()) {
    if (token[0] !== 0x3a) {
      found.push({ commit: token.toString("latin1"), entries: [] });
      continue;
    }
    const path = next();
    let group = found.at(-1);
    if (group === undefined) found.push((group = { commit: "", entries: [] }));
    group.entries.push(entryOf(token.toString("latin1"), path));
  }
  return found;
}

const STATUS: Record<string, RawEntry["status"]> = {
  A: "added",
  D: "deleted",
  M: "modified",
  T: "type-changed",
};

function entryOf(head: string, path: Buffer | null): RawEntry {
  const [oldMode, newMode, oldId, newId, letter] = head.slice(1).split(" ");
  const status = STATUS[letter ?? ""];
  if (
    path === null ||
    oldMode === undefined ||
    newMode === undefined ||
    oldId === undefined ||
    newId === undefined ||
    status === undefined
  ) {
    throw new Problem("git.broken", {
      what: "reading the push",
      why: "a line of the difference cannot be read",
    });
  }
  const text = utf8OrNull(path);
  if (text === null)
    throw new Problem("git.content-refused", {
      why: `the path ${JSON.stringify(path.toString("latin1"))} is not UTF-8`,
    });
  return {
    path: text,
    status: status === "modified" && oldId === newId ? "mode-changed" : status,
    oldMode,
    newMode,
    oldId,
    newId,
  };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, or null if the bytes are not UTF-8. */
export function utf8OrNull(bytes: Buffer): string | null {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
