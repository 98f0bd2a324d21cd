/** Files that survive the death of the process and of the host: written aside, fsynced, renamed, and their folder fsynced. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Problem } from "@nightgate/shared/problems";

/** Makes a folder (and those above it) that only the gate can read. */
export function ensureFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Replaces the file as a whole; after it returns the new text is on disk. 0600. Throws Problem disk.full, and the old text stays. */
export function writeDurably(path: string, text: string): void {
  prepareDurably(path, text)();
}

/** Brings the new text to disk beside the old one. What it answers puts it in place, and needs no room any more. Throws Problem disk.full. */
export function prepareDurably(path: string, text: string): () => void {
  ensureFolder(dirname(path));
  const aside = `${path}.new`;
  orFull(() => {
    const file = openSync(aside, "w", 0o600);
    try {
      writeAll(file, text);
      fsyncSync(file);
    } catch (error) {
      rmSync(aside);
      throw error;
    } finally {
      closeSync(file);
    }
  });
  return () => {
    renameSync(aside, path);
    syncFolder(dirname(path));
  };
}

/**
 * How lines get to the end of an open journal: after it returns the line is on disk. Throws Problem disk.full, and then nothing of the line
 * is left behind: half a line would make what comes after it unreadable.
 */
export function createAppender(file: number): (line: string) => void {
  let broken: unknown = null;
  return (line) => {
    if (broken !== null)
      throw new Problem("log.unusable", { why: "half a line could not be taken back" }, { cause: broken });
    const before = fstatSync(file).size;
    orFull(() => {
      try {
        writeAll(file, line);
        fsyncSync(file);
      } catch (error) {
        try {
          ftruncateSync(file, before);
        } catch (cause) {
          broken = cause;
        }
        throw error;
      }
    });
  };
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Whether it failed for want of room on a disk. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && FULL.has(error.code);
}

function orFull(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw isFull(error) ? new Problem("disk.full", { where: "the gate's disk" }, { cause: error }) : error;
  }
}

/** Removes the file; after it returns the removal is on disk. */
export function removeDurably(path: string): void {
  if (!existsSync(path)) return;
  unlinkSync(path);
  syncFolder(dirname(path));
}

/** The file's text, or null where there is none. Other errors are thrown: an unreadable file is not an absent one. */
export function readIfPresent(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
