/** Whether a push replaces one that still waits: a fast-forward of it, to the same single ref, by the same workstation. */
import { ABSENT_OBJECT, type GitPushAction } from "@nightgate/shared/actions";
import type { Caller, Holds } from "../../core/ports.ts";
import type { Git } from "./git-process.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { isAncestor } from "./read.ts";

/** The id of the pending hold that this push replaces, or null. */
export async function predecessorOf(context: { git: Git; mirror: Mirror; holds: Pick<Holds, "list">; caller: Caller }, action: GitPushAction): Promise<string | null> {
  const [update, ...others] = action.updates;
  if (update === undefined || others.length > 0 || update.new === ABSENT_OBJECT) return null;
  const pending = await context.holds.list(context.caller.organization, { states: ["pending"], workstation: context.caller.workstation, kind: "git.push" });
  for (const hold of pending) {
    if (hold.action.kind !== "git.push" || hold.action.resource !== action.resource || hold.action.updates.length !== 1) continue;
    const earlier = hold.action.updates[0];
    if (earlier === undefined || earlier.ref !== update.ref || earlier.new === ABSENT_OBJECT || earlier.new === update.new) continue;
    if (await isAncestor(context.git, context.mirror, earlier.new, update.new)) return hold.id;
  }
  return null;
}
