/**
 * Git LFS objects that a workstation has handed over and the upstream does not have yet: one file each, named by its SHA-256.
 * Attack G27: what lies here under a name is what has that digest and that size; anything else was thrown away on arrival.
 */
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, type ReadStream, createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "@nightgate/shared/problems";
import { passed } from "../../../net/spent-buffers.ts";
import type { GitLimits } from "../limits.ts";
import { namesIn } from "../mirror/leftovers.ts";
import { fsyncFolder } from "../mirror/mirrors.ts";
import type { LfsObject } from "./pointer.ts";

export interface LfsStore {
  has(object: LfsObject): Promise<boolean>;
  /** Takes the bytes; durable when it resolves. Throws a Problem where they are not the object, or a limit is met. */
  take(object: LfsObject, bytes: Readable): Promise<void>;
  read(object: LfsObject): ReadStream;
  /** Removes what is not in `wanted` and was not touched since `before`. */
  collect(wanted: ReadonlySet<string>, before: Date): Promise<void>;
}

const HALF = ".half";

/** The objects of one mirror; `dir` is the mirror's folder. */
export function lfsStore(dir: string, limits: GitLimits): LfsStore {
  const folder = join(dir, "lfs");
  const pathOf = ({ oid }: LfsObject): string => join(folder, oid);
  const has = async (object: LfsObject): Promise<boolean> => (await sizeOf(pathOf(object))) === object.bytes;

  return {
    has,
    take: async (object, bytes) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await checkRoom(folder, object, limits);
      const half = join(folder, `${randomUUID()}${HALF}`);
      try {
        await pipeline(bytes, exactly(object), createWriteStream(half, { mode: 0o600, flush: true }));
        await rename(half, pathOf(object));
      } catch (error) {
        throw isFull(error)
          ? new Problem("disk.full", { where: "the gate's disk" }, { cause: error })
          : error;
      } finally {
        await rm(half, { force: true });
      }
      await fsyncFolder(folder);
      await fsyncFolder(dir);
    },
    read: (object) => createReadStream(pathOf(object)),
    collect: async (wanted, before) => {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        if (!wanted.has(name) && (await stat(path)).mtime < before) await rm(path, { force: true });
      }
    },
  };
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function checkRoom(folder: string, object: LfsObject, limits: GitLimits): Promise<void> {
  if (object.bytes > limits.lfsObjectBytesMax)
    throw new Problem("git.too-large", {
      what: `a Git LFS object of ${object.bytes} bytes`,
      limit: `${limits.lfsObjectBytesMax} bytes for one`,
    });
  let kept = 0;
  // What is still arriving counts with what has come of it.
  for (const name of await namesIn(folder)) kept += (await sizeOf(join(folder, name))) ?? 0;
  if (kept + object.bytes > limits.lfsStoreBytesMax)
    throw new Problem("git.too-large", {
      what: "the Git LFS content that waits for a decision, with this object,",
      limit: `${limits.lfsStoreBytesMax} bytes for one repository`,
    });
}

/** Passes bytes through, the last of them only once all are known to be the object's; fails otherwise. */
export function exactly({ oid, bytes }: LfsObject): Transform {
  const hash = createHash("sha256");
  let seen = 0;
  let last: Buffer = Buffer.alloc(0);
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seen += chunk.length;
      passed(chunk);
      hash.update(chunk);
      if (seen > bytes) return done(new Problem("git.lfs-mismatch", { oid }));
      const ready = last;
      last = chunk;
      done(null, ready);
    },
    flush: (done) => {
      const isIt = seen === bytes && hash.digest("hex") === oid;
      done(isIt ? null : new Problem("git.lfs-mismatch", { oid }), last);
    },
  });
}
