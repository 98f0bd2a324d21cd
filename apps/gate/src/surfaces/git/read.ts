/** From git's commands to the Action: which refs may be pushed at all, that nothing has moved, and what each line of the push does. */
import { ABSENT_OBJECT, type GitPushAction, type PushVerb, type RefUpdate } from "@nightgate/shared/actions";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Caller } from "../../core/ports.ts";
import type { Git } from "./git-process.ts";
import { hasInvisible } from "./inspect/invisible.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { upstreamUrl } from "./upstream/address.ts";

export interface PushCommand {
  old: string;
  new: string;
  ref: string;
}

/** One line of receive-pack's commands, as proc-receive hands it over. */
export function readCommand(line: Buffer): PushCommand {
  const text = line.toString("utf8").replace(/\n$/, "");
  const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/s.exec(text);
  const [, old, now, ref] = match ?? [];
  if (old === undefined || now === undefined || ref === undefined)
    throw new Problem("git.protocol", { why: "a command of the push cannot be read" });
  return { old, new: now, ref };
}

const REFUSED: readonly [prefix: string, why: string][] = [
  ["refs/replace/", "replacement objects would let a reviewer see something else than what is pushed"],
  ["refs/notes/", "notes are not shown to reviewers"],
  ["refs/meta/", "it configures the upstream"],
  ["refs/held/", "that is where the gate keeps what is held; push to the branch itself"],
  ["refs/for/", "it asks the upstream to make a change of its own"],
  ["refs/remotes/", "it is a tracking ref of your own clone"],
  ["refs/stash", "a stash stays in your own clone"],
];

/** Why this ref cannot be pushed, or null. Only branches and tags pass; everything else is named in the refusal. */
export function whyRefused(ref: string, refBytesMax: number): string | null {
  for (const [prefix, why] of REFUSED) if (ref.startsWith(prefix)) return why;
  if (!/^refs\/(heads|tags)\/./.test(ref)) return "only branches (refs/heads/) and tags (refs/tags/) can be";
  if (Buffer.byteLength(ref) > refBytesMax) return `its name is longer than ${refBytesMax} bytes`;
  if (ref.includes("\ufffd")) return "its name is not UTF-8";
  if (hasInvisible(ref)) return "its name has invisible characters in it";
  if (/^refs\/heads\/(HEAD|refs\/|-)/.test(ref)) return "its name looks like something else";
  return null;
}

/** Builds the action of a push. Throws a Problem where a ref is refused or has moved, or where a limit is exceeded. */
export async function readPush(options: {
  git: Git;
  mirror: Mirror;
  commands: readonly PushCommand[];
  caller: Caller;
  resource: GitResource;
}): Promise<GitPushAction> {
  const { git, mirror, commands, caller, resource } = options;
  if (commands.length > git.limits.refsMax)
    throw new Problem("git.too-large", {
      what: `it has ${commands.length} refs`,
      limit: String(git.limits.refsMax),
    });
  const updates: RefUpdate[] = [];
  for (const command of commands) {
    const why = whyRefused(command.ref, git.limits.refBytesMax);
    if (why !== null) throw new Problem("git.ref-refused", { ref: command.ref.slice(0, 300), why });
    if (updates.some((update) => update.ref === command.ref))
      throw new Problem("git.ref-refused", { ref: command.ref, why: "it is named twice" });
    updates.push(await readUpdate(git, mirror, command));
  }
  return {
    kind: "git.push",
    organization: caller.organization,
    workstation: caller.workstation,
    resource: resource.id,
    upstream: upstreamUrl(resource).href,
    objectFormat: "sha1",
    updates,
  };
}

async function readUpdate(git: Git, mirror: Mirror, command: PushCommand): Promise<RefUpdate> {
  const { ref, old } = command;
  // The mirror was made equal to upstream when this push began: the old id must be what upstream had then.
  const now = await git.run({ args: ["rev-parse", "--verify", "--quiet", ref], dir: mirror.dir });
  if ((now.stdout.toString("utf8").trim() || ABSENT_OBJECT) !== old)
    throw new Problem("git.ref-moved", { ref });
  if (command.new === old) throw new Problem("git.ref-refused", { ref, why: "nothing would change" });
  const isTag = ref.startsWith("refs/tags/");
  if (command.new === ABSENT_OBJECT) return { ...command, verb: isTag ? "tag-delete" : "delete", tree: null };
  const commit = await peeledCommit(git, mirror, command.new, isTag);
  if (commit === null)
    throw new Problem("git.ref-refused", {
      ref,
      why: isTag ? "a tag must name a commit, directly or by one tag object" : "a branch must name a commit",
    });
  const tree = await git.must({ args: ["rev-parse", "--verify", `${commit}^{tree}`], dir: mirror.dir });
  return { ...command, verb: await verbOf(git, mirror, command, isTag), tree: tree.toString("utf8").trim() };
}

async function peeledCommit(git: Git, mirror: Mirror, id: string, isTag: boolean): Promise<string | null> {
  const type = (await git.must({ args: ["cat-file", "-t", id], dir: mirror.dir })).toString("utf8").trim();
  if (type === "commit") return id;
  if (type !== "tag" || !isTag) return null;
  const body = (await git.must({ args: ["cat-file", "tag", id], dir: mirror.dir })).toString("latin1");
  return /^object ([0-9a-f]{40})\ntype commit\n/.exec(body)?.[1] ?? null;
}

async function verbOf(git: Git, mirror: Mirror, command: PushCommand, isTag: boolean): Promise<PushVerb> {
  if (command.old === ABSENT_OBJECT) return isTag ? "tag-create" : "create";
  if (isTag) return "tag-move";
  return (await isAncestor(git, mirror, command.old, command.new)) ? "fast-forward" : "force";
}

/** Whether `older` can be reached from `newer`. */
export async function isAncestor(git: Git, mirror: Mirror, older: string, newer: string): Promise<boolean> {
  const result = await git.run({ args: ["merge-base", "--is-ancestor", older, newer], dir: mirror.dir });
  if (result.code === 0) return true;
  if (result.code === 1) return false;
  throw new Problem("git.broken", { what: "comparing two commits", why: result.stderr.trim().slice(0, 300) });
}
