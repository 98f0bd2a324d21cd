/** Files that survive the death of the process and of the host: written aside, fsynced, renamed, and their folder fsynced. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Makes a folder (and those above it) that only the gate can read. */
export function ensureFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Replaces the file as a whole; after it returns the new text is on disk. 0600. */
export function writeDurably(path: string, text: string): void {
  ensureFolder(dirname(path));
  const aside = `${path}.new`;
  const file = openSync(aside, "w", 0o600);
  try {
    writeAll(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  syncFolder(dirname(path));
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

export function writeAll(file: number, text: string): void {
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
