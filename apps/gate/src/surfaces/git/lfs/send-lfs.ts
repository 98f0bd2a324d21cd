/** At release, before the refs: what the pointers of the push name goes to the upstream, so that they never lead to nothing there. */
import { Problem } from "@nightgate/shared/problems";
import type { LfsStore } from "./lfs-store.ts";
import type { LfsUpstream } from "./lfs-upstream.ts";
import type { LfsObject } from "./pointer.ts";

/** Sends each object that the upstream lacks. Throws a Problem where one does not get there. */
export async function sendLfs(
  store: LfsStore,
  upstream: LfsUpstream,
  objects: readonly LfsObject[],
): Promise<void> {
  if (objects.length === 0) return;
  const wanted = await upstream.batch("upload", objects);
  for (const object of objects) {
    const entry = wanted.get(object.oid);
    if (entry === undefined || !(await store.has(object)))
      throw new Problem("git.lfs-missing", { count: 1, path: object.oid });
    if (entry.actions?.upload === undefined && entry.error === undefined) continue;
    await upstream.upload(entry, object, store.read(object));
  }
}
