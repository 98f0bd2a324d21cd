/** What a person sees of a push before signing. Pure: made from the action and the facts of its objects alone. */
import type { GitPushAction } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import type { PushFacts } from "./inspect/inspect-push.ts";

export function describePush(input: { action: GitPushAction; facts: PushFacts; workstationName: string; resourceName: string }): Card {
  const { action, facts, workstationName, resourceName } = input;
  const refs = action.updates.map(({ ref }) => ref.replace(/^refs\/(heads|tags)\//, "")).join(", ");
  const target = `${resourceName} ${refs}`;
  return { title: `${workstationName} wants to push ${facts.commitCount === 1 ? "1 commit" : `${facts.commitCount} commits`} to ${target}`.slice(0, 400), verb: "Push", target: target.slice(0, 400), facts: [], flags: [], undrawn: [] };
}
