/** What a grant covers, decided from signed things alone: the grant's own action, the action that was held, and the card that the log has of it. */
import type { Action, GrantOpenAction, RefUpdate } from "@nightgate/shared/actions";
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
  if (action.workstation !== workstation || !isFor(grant, workstation))
    return "it is for another workstation";
  if (at.getTime() > Date.parse(grant.until)) return "its time is over";
  const danger = card.flags.find(({ level }) => level === "danger");
  if (danger !== undefined) return `something in it is dangerous (${danger.code})`;
  return action.updates.map((update) => whyNotUpdate(grant, update)).find((why) => why !== null) ?? null;
}

function isFor(grant: GrantOpenAction, workstation: string): boolean {
  return grant.workstation === "*" || grant.workstation === workstation;
}

function whyNotUpdate(grant: GrantOpenAction, { ref, verb }: RefUpdate): string | null {
  if (!grant.refs.some((pattern) => refMatches(pattern, ref))) return `it does not cover ${ref}`;
  return grant.verbs.some((allowed) => allowed === verb) ? null : `it does not cover ${verb}`;
}

/** `refs/heads/agent/*` is everything below that folder, however deep; anything else is that ref alone. */
export function refMatches(pattern: string, ref: string): boolean {
  return pattern.endsWith("/*")
    ? ref.startsWith(pattern.slice(0, -1)) && ref.length > pattern.length - 1
    : ref === pattern;
}
