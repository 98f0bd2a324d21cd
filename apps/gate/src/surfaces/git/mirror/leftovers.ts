/** What a gate that was killed may have left in a mirror: locks nobody holds any more, half-received packs, scratch folders. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Removes it. Called once per mirror and process, before the process's first git command there: whoever held these is gone.
 * Held objects and refs are never among it: those are in place, under their own names, before a hold exists.
 */
export async function clearLeftovers(dir: string): Promise<void> {
  await rm(join(dir, "scratch"), { recursive: true, force: true });
  await removeWhere(dir, (name) => name.endsWith(".lock"));
  await removeWhere(join(dir, "objects"), (name) => name.startsWith("tmp_objdir-"));
  await clearHalfPacks(dir);
  await removeWhere(join(dir, "lfs"), (name) => name.endsWith(".half"));
  for (const name of await readdir(join(dir, "refs"), { recursive: true })) {
    // No ref ends in .lock: git does not allow such names.
    if (name.endsWith(".lock")) await rm(join(dir, "refs", name), { force: true });
  }
}

/** What a fetch that failed has left of its pack. Pushes receive theirs elsewhere, so this may be called while some arrive. */
export async function clearHalfPacks(dir: string): Promise<void> {
  await removeWhere(join(dir, "objects", "pack"), (name) => name.startsWith("tmp_"));
}

async function removeWhere(folder: string, is: (name: string) => boolean): Promise<void> {
  for (const name of (await namesIn(folder)).filter(is))
    await rm(join(folder, name), { recursive: true, force: true });
}

/** Nothing where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
