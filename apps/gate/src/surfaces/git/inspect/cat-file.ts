/** Reads objects with `git cat-file --batch`: by id, without replacement, exactly as they are stored. */
import { createHash } from "node:crypto";
import { Problem } from "@nightgate/shared/problems";
import { passed } from "../../../net/spent-buffers.ts";
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

/** SHA-256 of each blob's content, by its id: one git process for all, and no more of them in memory than a pipe holds. */
export async function sha256OfBlobs(
  git: Git,
  dir: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const child = git.spawn({ args: ["cat-file", "--batch", "--buffer"], dir });
  const done = new AbortController();
  git.clock.wait(git.limits.hashMs, done.signal).then(
    () => killGroup(child),
    () => "ended in time",
  );
  const closed = ended(child);
  child.stdin?.on("error", () => "the exit code tells");
  child.stdin?.end(`${ids.join("\n")}\n`);
  child.stderr?.resume();
  const found = batchHasher();
  child.stdout?.on("data", (chunk: Buffer) => {
    passed(chunk);
    found.take(chunk);
  });
  const code = await closed;
  done.abort();
  const missing = ids.find((id) => !found.digests.has(id));
  if (code !== 0 || missing !== undefined)
    throw new Problem("git.broken", {
      what: "reading the push",
      why: `object ${missing ?? ""} cannot be read`,
    });
  return found.digests;
}

/** Reads `<id> <type> <size>\n<content>\n` again and again, wherever the chunks are cut. */
function batchHasher(): { take(chunk: Buffer): void; digests: Map<string, string> } {
  const digests = new Map<string, string>();
  let head = "";
  let left = 0;
  let current: { id: string; hash: ReturnType<typeof createHash> } | null = null;
  return {
    digests,
    take: (chunk) => {
      for (let at = 0; at < chunk.length;) {
        if (current === null) {
          const end = chunk.indexOf(10, at);
          head += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
          if (end < 0) return;
          at = end + 1;
          const [id = "", type, size] = head.split(" ");
          head = "";
          // "<id> missing" has no content.
          if (type !== "blob" || size === undefined) continue;
          current = { id, hash: createHash("sha256") };
          left = Number(size);
          continue;
        }
        const part = chunk.subarray(at, at + left);
        current.hash.update(part);
        at += part.length;
        left -= part.length;
        if (left > 0 || at >= chunk.length) continue;
        // The newline behind the content.
        at += 1;
        digests.set(current.id, current.hash.digest("hex"));
        current = null;
      }
    },
  };
}
