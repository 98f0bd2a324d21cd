import type { Git } from "../git-process.ts";
/** Which Git LFS objects go out with a hold: a list in the mirror beside the hold's refs, as durable as they are. */
import { HELD } from "../mirror/held-refs.ts";
import type { LfsObject } from "./pointer.ts";

const LIST = "lfs";

/** Writes the list as a blob; answers the ref that keeps it, or null where there is nothing to keep. */
export async function writeHeldLfs(
  git: Git,
  dir: string,
  hold: string,
  objects: readonly LfsObject[],
): Promise<{ ref: string; id: string } | null> {
  if (objects.length === 0) return null;
  const input = objects.map(({ oid, bytes }) => `${oid} ${bytes}\n`).join("");
  const id = await git.must({ args: ["hash-object", "-w", "--stdin"], dir, input });
  return { ref: refOf(hold), id: id.toString("latin1").trim() };
}

/** The objects that go out with a hold, from the ids that the mirror keeps for it (heldIds). */
export async function heldLfs(git: Git, dir: string, ids: ReadonlyMap<string, string>): Promise<LfsObject[]> {
  const id = ids.get(LIST);
  if (id === undefined) return [];
  const text = (await git.must({ args: ["cat-file", "blob", id], dir })).toString("latin1");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ oid: line.slice(0, 64), bytes: Number(line.slice(65)) }));
}

function refOf(hold: string): string {
  return `${HELD}/${hold}/${LIST}`;
}
