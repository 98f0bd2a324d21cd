/** Whether a push replaces one that still waits: a fast-forward of it, to the same single ref, by the same workstation. */
import { ABSENT_OBJECT, type Action, type GitPushAction, type RefUpdate } from "@nightgate/shared/actions";
import type { Caller, Holds } from "../../core/ports.ts";
import type { Git } from "./git-process.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { isAncestor } from "./read.ts";

export interface SupersedeContext {
  git: Git;
  mirror: Mirror;
  holds: Pick<Holds, "list">;
  caller: Caller;
}

/** The id of the pending hold that this push replaces, or null. */
export async function predecessorOf(
  context: SupersedeContext,
  action: GitPushAction,
): Promise<string | null> {
  const update = onlyUpdate(action, action.resource);
  if (update === null) return null;
  const pending = await context.holds.list(context.caller.organization, {
    states: ["pending"],
    workstation: context.caller.workstation,
    kind: "git.push",
  });
  for (const hold of pending) {
    const earlier = onlyUpdate(hold.action, action.resource);
    if (earlier === null || earlier.ref !== update.ref || earlier.new === update.new) continue;
    if (await isAncestor(context.git, context.mirror, earlier.new, update.new)) return hold.id;
  }
  return null;
}

/** The update of a push to this resource that moves a single ref and leaves something there. */
function onlyUpdate(action: Action, resource: string): RefUpdate | null {
  if (action.kind !== "git.push" || action.resource !== resource) return null;
  const [update, ...others] = action.updates;
  return update === undefined || others.length > 0 || update.new === ABSENT_OBJECT ? null : update;
}
