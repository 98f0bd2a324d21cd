/** What is kept of a hold in its mirror: for each ref of the push the new id, the old one, and what the difference is shown against. */
import { join } from "node:path";
import { ABSENT_OBJECT, type RefUpdate } from "@nightgate/shared/actions";
import { holdId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import { fsyncFolder, type Mirror } from "./mirrors.ts";

export const HELD = "refs/held";

/** What one ref of a push is compared with; `base` is a commit that upstream has, or null for "nothing". */
export interface Compared {
  update: RefUpdate;
  base: string | null;
  /** Where its history meets what upstream has: commits behind these are not new. */
  known: readonly string[];
}

/**
 * Keeps the objects of a push under the hold's id. Durable when it resolves.
 * Invariant 7: called before the hold's row exists, so that there is never a row without its objects.
 */
export async function keepHeld(
  git: Git,
  mirror: Mirror,
  hold: string,
  compared: readonly Compared[],
  more: readonly { ref: string; id: string }[] = [],
): Promise<void> {
  if (!holdId.safeParse(hold).success)
    throw new Problem("git.broken", { what: "keeping a push", why: "its hold has no proper id" });
  const lines = more.map(({ ref, id }) => `update ${ref} ${id}\n`);
  for (const [index, { update, base, known }] of compared.entries()) {
    const meets = Object.fromEntries(known.map((id, at) => [`known-${at}`, id]));
    const kept = { new: update.new, old: update.old, base: base ?? ABSENT_OBJECT, ...meets };
    for (const [name, id] of Object.entries(kept))
      if (id !== ABSENT_OBJECT) lines.push(`update ${HELD}/${hold}/${index}/${name} ${id}\n`);
  }
  await git.must({
    args: ["update-ref", "--stdin"],
    dir: mirror.dir,
    input: lines.join(""),
    settings: [["core.hooksPath", "/dev/null"]],
  });
  const folders = [
    "objects/pack",
    "refs",
    HELD,
    `${HELD}/${hold}`,
    ...compared.map((_, index) => `${HELD}/${hold}/${index}`),
  ];
  for (const folder of folders) await fsyncFolder(join(mirror.dir, folder));
}

/** Whether anything of the hold is in the mirror; what ended long ago is not. */
export async function isKept(git: Git, dir: string, hold: string): Promise<boolean> {
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `${HELD}/${hold}/`];
  return (await git.must({ args, dir })).length > 0;
}

/** What was kept under a hold's id: the ids by the names that stand behind `refs/held/<hold>/`. */
export async function heldIds(git: Git, dir: string, hold: string): Promise<Map<string, string>> {
  const prefix = `${HELD}/${hold}/`;
  const listed = await git.must({
    args: ["for-each-ref", "--format=%(objectname) %(refname)", prefix],
    dir,
  });
  const ids = new Map<string, string>();
  for (const line of listed.toString("utf8").split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0) ids.set(line.slice(space + 1 + prefix.length), line.slice(0, space));
  }
  return ids;
}

/** Reads back what `keepHeld` kept. Throws a Problem if it is not exactly what the action says (invariant 5). */
export async function heldCompared(
  git: Git,
  mirror: Mirror,
  hold: string,
  updates: readonly RefUpdate[],
): Promise<Compared[]> {
  return comparedOf(await heldIds(git, mirror.dir, hold), hold, updates);
}

/** As heldCompared, of ids that were read before. */
export function comparedOf(
  ids: ReadonlyMap<string, string>,
  hold: string,
  updates: readonly RefUpdate[],
): Compared[] {
  return updates.map((update, index) => {
    const kept = (name: string): string => ids.get(`${index}/${name}`) ?? ABSENT_OBJECT;
    if (kept("new") !== update.new || kept("old") !== update.old) {
      throw new Problem("git.broken", {
        what: `reading what is held as ${hold}`,
        why: "the mirror does not have the objects of the action",
      });
    }
    const base = kept("base");
    const known: string[] = [];
    for (let at = 0; kept(`known-${at}`) !== ABSENT_OBJECT; at += 1) known.push(kept(`known-${at}`));
    return { update, base: base === ABSENT_OBJECT ? null : base, known };
  });
}
