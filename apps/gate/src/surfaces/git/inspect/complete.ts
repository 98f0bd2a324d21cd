/** Proves that what is shown is all there is: the entries, applied to the old tree, must give the new tree's id. */
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import type { RawEntry } from "./raw-entries.ts";
import { withScratch } from "./scratch.ts";

/**
 * Throws a Problem unless `oldTree` with `entries` applied is `newTree`.
 * Invariant 3: a person signs for the whole of the difference, so a difference that is not whole is never shown.
 */
export async function proveComplete(
  git: Git,
  dir: string,
  oldTree: string,
  newTree: string,
  entries: readonly RawEntry[],
): Promise<void> {
  const made = await withScratch(dir, async ({ env, settings }) => {
    await git.must({ args: ["read-tree", oldTree], dir, env, settings });
    // Removals first: a file may give way to a folder of its name.
    const removed = entries.map(({ path }) => `0 ${"0".repeat(40)}\t${path}\0`);
    const added = entries
      .filter(({ status }) => status !== "deleted")
      .map(({ newMode, newId, path }) => `${newMode} ${newId}\t${path}\0`);
    await git.must({
      args: ["update-index", "-z", "--index-info"],
      dir,
      env,
      settings,
      input: [...removed, ...added].join(""),
    });
    return (await git.must({ args: ["write-tree", "--missing-ok"], dir, env, settings }))
      .toString("latin1")
      .trim();
  });
  if (made !== newTree)
    throw new Problem("git.content-refused", { why: `its files do not add up to the tree ${newTree}` });
}
