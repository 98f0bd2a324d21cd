/** Reads objects with `git cat-file --batch`: by id, without replacement, exactly as they are stored. */
import { createHash } from "node:crypto";
import { Problem } from "@nightgate/shared/problems";
import { ended, type Git, killGroup } from "../git-process.ts";

export interface ObjectInfo {
  type: string;
  bytes: number;
}

/** Type and size of each id. Throws a Problem if one is not there. */
export async function objectInfo(
  git: Git,
  dir: string,
  ids: readonly string[],
): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  if (ids.length === 0) return found;
  const output = await git.must({
    args: ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"],
    dir,
    input: `${ids.join("\n")}\n`,
  });
  for (const line of output.toString("latin1").split("\n")) {
    if (line === "") continue;
    const [id = "", type = "", bytes] = line.split(" ");
    if (bytes === undefined)
      throw new Problem("git.broken", { what: "reading the push", why: `object ${id} is missing` });
    found.set(id, { type, bytes: Number(bytes) });
  }
  return found;
}

/** The content of each id. The caller has looked at the sizes. */
export async function readObjects(
  git: Git,
  dir: string,
  ids: readonly string[],
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (ids.length === 0) return found;
  const output = await git.must({ args: ["cat-file", "--batch"], dir, input: `${ids.join("\n")}\n` });
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(10, at);
    const [id = "", , size] = output.subarray(at, end).toString("latin1").split(" ");
    if (end < 0 || size === undefined)
      throw new Problem("git.broken", { what: "reading the push", why: `object ${id} is missing` });
    const begin = end + 1;
    const stop = begin + Number(size);
    found.set(id, output.subarray(begin, stop));
    at = stop + 1;
  }
  return found;
}

/** SHA-256 of a blob's content, without holding it in memory. */
export async function sha256OfBlob(git: Git, dir: string, id: string): Promise<string> {
  const child = git.spawn({ args: ["cat-file", "blob", id], dir });
  const hash = createHash("sha256");
  const done = new AbortController();
  git.clock.wait(git.limits.gitMs, done.signal).then(
    () => killGroup(child),
    () => "ended in time",
  );
  child.stdin?.end();
  child.stderr?.resume();
  child.stdout?.on("data", (chunk: Buffer) => hash.update(chunk));
  const code = await ended(child);
  done.abort();
  if (code !== 0)
    throw new Problem("git.broken", { what: "reading the push", why: `object ${id} cannot be read` });
  return hash.digest("hex");
}
