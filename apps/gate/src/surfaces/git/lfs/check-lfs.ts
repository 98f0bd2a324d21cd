/** Before a push is held: the gate must have every Git LFS object that its pointers name, or the upstream must have it already. */
import { Problem } from "@nightgate/shared/problems";
import type { LfsStore } from "./lfs-store.ts";
import type { LfsUpstream } from "./lfs-upstream.ts";
import type { LfsObject, NamedLfsObject } from "./pointer.ts";

/** The objects that are to be sent with the push. Throws a Problem where one is nowhere: upstream's pointer would lead to nothing. */
export async function objectsToSend(
  store: LfsStore,
  upstream: () => Promise<LfsUpstream>,
  named: readonly NamedLfsObject[],
): Promise<LfsObject[]> {
  const here: LfsObject[] = [];
  const elsewhere: NamedLfsObject[] = [];
  for (const object of named) ((await store.has(object)) ? here : elsewhere).push(object as NamedLfsObject);
  if (elsewhere.length === 0) return here;
  const there = await (await upstream()).batch("download", elsewhere);
  const missing = elsewhere.filter(({ oid }) => there.get(oid)?.actions?.download === undefined);
  if (missing[0] !== undefined)
    throw new Problem("git.lfs-missing", { count: missing.length, path: missing[0].path });
  return here;
}
