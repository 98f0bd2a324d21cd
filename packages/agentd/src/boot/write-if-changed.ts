/** Replaces a system file as a whole, and only when its content changes: a reader never sees half of one. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes `content` to `path` (0644). Answers whether anything changed. */
export async function writeIfChanged(path: string, content: string): Promise<boolean> {
  if ((await textOf(path)) === content) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, content, { mode: 0o644 });
  await rename(`${path}.new`, path);
  return true;
}

/** What the file says; empty where there is none. */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
