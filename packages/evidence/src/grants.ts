/** What a grant covers, decided from signed things alone: the grant's own action, the action that was held, and the card that the log has of it. */
import type { Action, GrantOpenAction } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";

export interface GrantUse {
  action: Action;
  card: Card;
  workstation: string | null;
  at: Date;
}

/** Null when the grant covers it; otherwise why not, in a few words. How often it was used is not looked at here. */
export function whyNotGranted(grant: GrantOpenAction, use: GrantUse): string | null {
  const { action, card, workstation, at } = use;
  if (action.kind !== "git.push") return "grants cover pushes only";
  if (action.organization !== grant.organization || action.resource !== grant.resource)
    return "it is for another repository";
  if (workstation === null || action.workstation !== workstation) return "it names another workstation";
  if (grant.workstation !== "*" && grant.workstation !== workstation) return "it is for another workstation";
  if (at.getTime() > Date.parse(grant.until)) return "its time is over";
  for (const { ref, verb } of action.updates) {
    if (!grant.refs.some((pattern) => refMatches(pattern, ref))) return `it does not cover ${ref}`;
    if (!grant.verbs.some((allowed) => allowed === verb)) return `it does not cover ${verb}`;
  }
  const danger = card.flags.find(({ level }) => level === "danger");
  return danger === undefined ? null : `something in it is dangerous (${danger.code})`;
}

/** `refs/heads/agent/*` is everything below that folder, however deep; anything else is that ref alone. */
export function refMatches(pattern: string, ref: string): boolean {
  return pattern.endsWith("/*")
    ? ref.startsWith(pattern.slice(0, -1)) && ref.length > pattern.length - 1
    : ref === pattern;
}
