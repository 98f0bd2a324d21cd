/** What a person sees of a push before signing. Pure: made from the action and the facts of its objects alone, with the gate's words (N6). */
import { ABSENT_OBJECT, type GitPushAction, type PushVerb, type RefUpdate } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import { visibleText } from "@nightgate/shared/visible-text";
import { commitsOf, type PushFacts, TAG_MESSAGE_MAX, type UpdateFacts } from "./inspect/inspect-push.ts";
import { risksOf } from "./inspect/risks.ts";

const REF_SHOWN_MAX = 120;
const NAME_SHOWN_MAX = 80;
const WORDS_MAX = 500;

export interface Described {
  action: GitPushAction;
  facts: PushFacts;
  workstationName: string;
  resourceName: string;
}

/** The card of a push. */
export function describePush(input: Described): Card {
  const { action, facts } = input;
  const commits = commitsOf(facts);
  const target = targetOf(input);
  return {
    title:
      `${short(input.workstationName, NAME_SHOWN_MAX)} wants to ${titleOf(action, facts, commits.length, target)}`.slice(
        0,
        400,
      ),
    verb:
      action.updates.length === 1 && action.updates[0] !== undefined ? VERBS[action.updates[0].verb] : "Push",
    target,
    facts: [
      { label: "Upstream", value: action.upstream },
      { label: "Workstation", value: short(input.workstationName, NAME_SHOWN_MAX) },
      ...facts.updates.flatMap(updateFacts),
    ].slice(0, 100),
    flags: risksOf(facts, commits),
    undrawn: facts.undrawn,
  };
}

const VERBS: Record<PushVerb, string> = {
  create: "Create a branch",
  "fast-forward": "Push",
  force: "Force-push",
  delete: "Delete a branch",
  "tag-create": "Create a tag",
  "tag-move": "Move a tag",
  "tag-delete": "Delete a tag",
};

function titleOf(action: GitPushAction, facts: PushFacts, commitCount: number, target: string): string {
  const [update, ...others] = facts.updates;
  const commits = plural(commitCount, "commit");
  if (update === undefined || others.length > 0) return `push ${commits} to ${target}${worst(action)}`;
  switch (update.compared.update.verb) {
    case "fast-forward":
      return `push ${commits} to ${target}`;
    case "create":
      return `push ${commits} to ${target} (a new branch)`;
    case "force":
      return `FORCE-push ${commits} to ${target}, dropping ${update.dropped}`;
    case "delete":
      return `DELETE the branch ${target}`;
    case "tag-create":
      return `create the tag ${target}`;
    case "tag-move":
      return `MOVE the tag ${target}`;
    case "tag-delete":
      return `DELETE the tag ${target}`;
  }
}

/** A title of many refs still says if one of them is more than an addition. */
function worst(action: GitPushAction): string {
  const verbs = new Set(action.updates.map(({ verb }) => verb));
  const said = [
    verbs.has("force") ? "FORCE" : "",
    verbs.has("delete") || verbs.has("tag-delete") ? "DELETE" : "",
    verbs.has("tag-move") ? "MOVE of a tag" : "",
  ].filter((word) => word !== "");
  return said.length === 0 ? "" : `, with ${said.join(" and ")}`;
}

function targetOf({ action, resourceName }: Described): string {
  const [first, ...others] = action.updates;
  const name = short(resourceName, NAME_SHOWN_MAX);
  if (first === undefined) return name;
  return `${name} ${shortRef(first)}${others.length === 0 ? "" : ` and ${plural(others.length, "more ref")}`}`;
}

function updateFacts({
  compared: { update, base },
  commits,
  dropped,
  tag,
  drawn,
}: UpdateFacts): Card["facts"] {
  const files = drawn.filter(({ file }) => file.commit === undefined);
  const additions = files.reduce((sum, { file }) => sum + file.additions, 0);
  const deletions = files.reduce((sum, { file }) => sum + file.deletions, 0);
  const parts = [`${shortId(update.old)} → ${shortId(update.new)}`];
  if (update.new !== ABSENT_OBJECT)
    parts.push(
      plural(commits.length, "commit"),
      `${plural(files.length, "file")}, +${additions} −${deletions}`,
    );
  if (update.old === ABSENT_OBJECT && base !== null)
    parts.push(`compared with ${shortId(base)}, which the upstream has`);
  if (dropped > 0) parts.push(`drops ${plural(dropped, "commit")}`);
  const facts: Card["facts"] = [
    { label: VERBS[update.verb], value: `${visibleText(update.ref)}: ${parts.join("; ")}`.slice(0, 4000) },
  ];
  if (tag !== null)
    facts.push({
      label: "Tag message",
      value: `${tag.tagger}: ${tag.message.slice(0, TAG_MESSAGE_MAX)}`.slice(0, 4000),
    });
  return facts;
}

/** The newest commit's first line: the agent's own words for what it did. Trimmed and made visible; drawn as a quotation. */
export function agentWordsOf(facts: PushFacts): string {
  const message = facts.updates[0]?.commits[0]?.message ?? "";
  return short(message.split("\n")[0] ?? "", WORDS_MAX);
}

function shortRef(update: RefUpdate): string {
  return short(update.ref.replace(/^refs\/(heads|tags)\//, ""), REF_SHOWN_MAX);
}

function shortId(id: string): string {
  return id === ABSENT_OBJECT ? "nothing" : id.slice(0, 12);
}

function short(text: string, max: number): string {
  const visible = visibleText(text);
  return visible.length > max ? `${visible.slice(0, max - 1)}…` : visible;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
