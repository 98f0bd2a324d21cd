/** A place for objects that are made only to look at a push: beside the mirror, never in it, and gone afterwards. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitSetting } from "../git-process.ts";

export interface Scratch {
  env: Record<string, string>;
  settings: readonly GitSetting[];
}

/** Runs `work` with an environment in which git writes to a scratch folder and reads the mirror `dir` beside it. */
export async function withScratch<Result>(
  dir: string,
  work: (scratch: Scratch) => Promise<Result>,
): Promise<Result> {
  const parent = join(dir, "scratch");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, "push-"));
  try {
    return await work({
      env: {
        GIT_OBJECT_DIRECTORY: folder,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(dir, "objects"),
        GIT_INDEX_FILE: join(folder, "index"),
      },
      settings: [["core.fsync", "none"]],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
