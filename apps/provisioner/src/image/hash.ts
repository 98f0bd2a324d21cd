/** Short content hashes: an image's tag says what it was made from. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** 16 hex digits over the parts in order. */
export function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** The same over every file below `folder`: path, permission bits and content. */
export function hashOfFolder(folder: string): string {
  const parts: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    parts.push(
      `${relative(folder, path)}\0${(statSync(path).mode & 0o777).toString(8)}\0${readFileSync(path, "base64")}`,
    );
  }
  return hashOf(...parts.sort());
}
