/** Reads objects with `git cat-file --batch`: by id, without replacement, exactly as they are stored. */
import { createHash } from "node:crypto";
import { Problem } from "@nightgate/shared/problems";
import { passed } from "../../../net/spent-buffers.ts";
import { ended, type Git, killGroup } from "../git-process.ts";
import { utf8OrNull } from "./raw-entries.ts";

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
  await readBatch(git, dir, ids, (id, bytes) => {
    const content = Buffer.allocUnsafe(bytes);
    let at = 0;
    return {
      take: (part) => {
        at += part.copy(content, at);
      },
      end: () => found.set(id, content),
    };
  });
  return found;
}

/** The content of those that are text, by id. The caller has looked at the sizes; what is no text is let go at its first NUL. */
export async function readTexts(git: Git, dir: string, ids: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await readBatch(git, dir, ids, (id) => {
    let parts: Buffer[] | null = [];
    return {
      take: (part) => {
        if (part.includes(0)) parts = null;
        parts?.push(part);
      },
      end: () => {
        const text = parts === null ? null : utf8OrNull(Buffer.concat(parts));
        if (text !== null) found.set(id, text);
      },
    };
  });
  return found;
}

/** SHA-256 of each blob's content, by its id. */
export async function sha256OfBlobs(
  git: Git,
  dir: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await readBatch(git, dir, ids, (id, _bytes, type) => {
    const hash = createHash("sha256");
    return {
      take: (part) => hash.update(part),
      end: () => {
        if (type === "blob") found.set(id, hash.digest("hex"));
      },
    };
  });
  const other = ids.find((id) => !found.has(id));
  if (other !== undefined) throw unreadable(other);
  return found;
}

/** Where the content of one object goes, in parts; `end` is called once, after the last of them. */
interface Sink {
  take(part: Buffer): void;
  end(): void;
}

/**
 * Reads all of them with one git process, and keeps no more of them in memory than a pipe holds and the sinks keep.
 * Throws a Problem if one is not there.
 */
async function readBatch(
  git: Git,
  dir: string,
  ids: readonly string[],
  sinkFor: (id: string, bytes: number, type: string) => Sink,
): Promise<void> {
  if (ids.length === 0) return;
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
  const seen = new Set<string>();
  const take = batchReader((id, bytes, type) => {
    const sink = sinkFor(id, bytes, type);
    return { take: sink.take, end: () => (sink.end(), seen.add(id)) };
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    take(chunk);
    passed(chunk);
  });
  const code = await closed;
  done.abort();
  const missing = ids.find((id) => !seen.has(id));
  if (code !== 0 || missing !== undefined) throw unreadable(missing ?? "");
}

function unreadable(id: string): Problem {
  return new Problem("git.broken", { what: "reading the push", why: `object ${id} cannot be read` });
}

/** Reads `<id> <type> <size>\n<content>\n` again and again, wherever the chunks are cut. */
function batchReader(sinkFor: (id: string, bytes: number, type: string) => Sink): (chunk: Buffer) => void {
  let head = "";
  /** Of the current object's content and the newline behind it. */
  let left = 0;
  let current: Sink | null = null;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (current === null) {
        const end = chunk.indexOf(10, at);
        head += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
        if (end < 0) return;
        at = end + 1;
        const [id = "", type, size] = head.split(" ");
        head = "";
        // "<id> missing" has no content.
        if (type === undefined || size === undefined) continue;
        current = sinkFor(id, Number(size), type);
        left = Number(size) + 1;
        continue;
      }
      const part = chunk.subarray(at, at + left - 1);
      if (part.length > 0) current.take(part);
      at += part.length;
      left -= part.length;
      if (left > 1 || at >= chunk.length) continue;
      at += 1;
      current.end();
      current = null;
    }
  };
}
