/** Git LFS pointers: small texts in the repository that name, by SHA-256 and size, content that is kept apart (git-lfs docs/spec.md). */
import { Problem } from "@nightgate/shared/problems";
import type { DrawnFile } from "../inspect/draw-files.ts";

export interface LfsObject {
  /** SHA-256 of the content, in hex. */
  oid: string;
  bytes: number;
}

/** An object and the first path that names it. */
export interface NamedLfsObject extends LfsObject {
  path: string;
}

/** git-lfs takes nothing above this for a pointer. */
export const POINTER_BYTES_MAX = 1024;

const POINTER =
  /^version https?:\/\/[^\n]{1,200}\n(?:ext-[^\n]{1,400}\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\s*$/;

/** The object that a file's text names, or null where it is no pointer. */
export function readPointer(text: string): LfsObject | null {
  const [, oid, size] = POINTER.exec(text.replaceAll("\r\n", "\n")) ?? [];
  if (text.length > POINTER_BYTES_MAX || oid === undefined || size === undefined) return null;
  return { oid, bytes: Number(size) };
}

/** Whether the new side of a file could be a pointer whose text was not read to be drawn. */
export function mayBePointer({ file, newText }: DrawnFile): boolean {
  return (
    newText === null && isOrdinary(file.newMode) && file.newBytes > 0 && file.newBytes <= POINTER_BYTES_MAX
  );
}

function isOrdinary(mode: string): boolean {
  return mode === "100644" || mode === "100755";
}

/**
 * The objects that files of a push name, each once. `unread` has the texts of those that `mayBePointer` asked for, by blob id.
 * Throws a Problem where two pointers give one object two sizes: then one of them lies.
 */
export function namedObjects(
  drawn: readonly DrawnFile[],
  unread: ReadonlyMap<string, string>,
): NamedLfsObject[] {
  const found = new Map<string, NamedLfsObject>();
  for (const { file, newText } of drawn) {
    const text = newText ?? unread.get(file.newId);
    const object = text === undefined || !isOrdinary(file.newMode) ? null : readPointer(text);
    if (object === null) continue;
    const known = found.get(object.oid);
    if (known !== undefined && known.bytes !== object.bytes)
      throw new Problem("git.content-refused", {
        why: `${known.path} and ${file.path} name one Git LFS object with two sizes`,
      });
    if (known === undefined) found.set(object.oid, { ...object, path: file.path });
  }
  return [...found.values()];
}
