/** Everything that is to be known of a push before a person is asked. Reads objects only; decides nothing. */
import { ABSENT_OBJECT, type RefUpdate } from "@nightgate/shared/actions";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import { mayBePointer, type NamedLfsObject, namedObjects } from "../lfs/pointer.ts";
import type { Compared } from "../mirror/held-refs.ts";
import { readObjects } from "./cat-file.ts";
import { parseTag, readCommits, type ReadCommit, type ReadTag } from "./commits.ts";
import { proveComplete } from "./complete.ts";
import { type DrawnFile, drawFiles, type PushEntry, type Undrawn } from "./draw-files.ts";
import { commitIds, compare, droppedCount, earlierVersions } from "./history.ts";
import { EMPTY_TREE, treeEntries } from "./raw-entries.ts";

export interface UpdateFacts {
  compared: Compared;
  /** The commits that it brings, newest first. */
  commits: ReadCommit[];
  /** Commits that the ref loses. */
  dropped: number;
  /** Set where the ref is an annotated tag. */
  tag: ReadTag | null;
  drawn: DrawnFile[];
}

export interface PushFacts {
  updates: UpdateFacts[];
  undrawn: Undrawn[];
  /** Git LFS objects that files of the push name. */
  lfs: NamedLfsObject[];
}

/** Compares each update with what upstream has (the mirror's heads and tags, now), and inspects it. */
export async function inspectPush(git: Git, dir: string, updates: readonly RefUpdate[]): Promise<PushFacts> {
  const compared: Compared[] = [];
  for (const update of updates) compared.push(await compare(git, dir, update));
  return inspectCompared(git, dir, compared);
}

/** Inspects what was compared before; the answer depends on objects and limits alone. Throws a Problem for what cannot be shown completely. */
export async function inspectCompared(
  git: Git,
  dir: string,
  compared: readonly Compared[],
): Promise<PushFacts> {
  const found: (Omit<UpdateFacts, "drawn"> & { entries: PushEntry[] })[] = [];
  for (const one of compared) found.push(await inspectUpdate(git, dir, one));
  // The whole difference of every ref first: if the room for drawing ends, it ends in the middle of history.
  const order = found
    .flatMap(({ entries }) => entries)
    .sort((a, b) => Number(a.commit !== undefined) - Number(b.commit !== undefined));
  const { drawn, undrawn } = await drawFiles(git, dir, order);
  const byEntry = new Map(order.map((entry, index) => [entry, drawn[index]]));
  const lfs = await namedLfs(git, dir, drawn);
  return {
    lfs,
    updates: found.map(({ entries, ...facts }) => ({
      ...facts,
      drawn: entries.flatMap((entry) => byEntry.get(entry) ?? []),
    })),
    undrawn: [
      ...undrawn,
      ...lfs.map(({ path, bytes, oid }) => ({ what: `${path} (Git LFS object)`, bytes, digest: oid })),
      ...found.flatMap(({ tag, compared: { update } }) => longTag(tag, update)),
    ],
  };
}

/** G27: also where the room for drawing has ended, no pointer goes unread. */
async function namedLfs(git: Git, dir: string, drawn: readonly DrawnFile[]): Promise<NamedLfsObject[]> {
  const ids = new Set(drawn.filter(mayBePointer).map(({ file }) => file.newId));
  const unread = await readObjects(git, dir, [...ids]);
  const named = namedObjects(drawn, new Map([...unread].map(([id, body]) => [id, body.toString("utf8")])));
  if (named.length > git.limits.undrawnMax)
    throw new Problem("git.content-refused", {
      why: `it names more than ${git.limits.undrawnMax} Git LFS objects`,
    });
  return named;
}

/** Refs are drawn once, but two refs may bring the same commit. */
export function commitsOf(facts: PushFacts): ReadCommit[] {
  return [
    ...new Map(facts.updates.flatMap(({ commits }) => commits).map((commit) => [commit.id, commit])).values(),
  ];
}

async function inspectUpdate(
  git: Git,
  dir: string,
  compared: Compared,
): Promise<Omit<UpdateFacts, "drawn"> & { entries: PushEntry[] }> {
  const { update, base } = compared;
  const dropped = await droppedCount(git, dir, compared);
  if (update.new === ABSENT_OBJECT) return { compared, commits: [], dropped, tag: null, entries: [] };
  const commits = await readCommits(git, dir, await commitIds(git, dir, compared));
  const wide = commits.find(({ parents }) => parents.length > git.limits.parentsMax);
  if (wide !== undefined)
    throw new Problem("git.too-large", {
      what: `commit ${wide.id.slice(0, 12)} has ${wide.parents.length} parents`,
      limit: String(git.limits.parentsMax),
    });
  const oldTree = base === null ? EMPTY_TREE : await treeOf(git, dir, base);
  const newTree = await treeOf(git, dir, update.new);
  if (newTree !== update.tree)
    throw new Problem("git.content-refused", { why: "its tree is not the one of the action" });
  const net = await treeEntries(git, dir, oldTree, newTree);
  await proveComplete(git, dir, oldTree, newTree, net);
  const earlier = await earlierVersions(git, dir, commits, net);
  return {
    compared,
    commits,
    dropped,
    tag: await readTag(git, dir, update),
    entries: [...net, ...earlier].map((entry) => ({ ...entry, ref: update.ref })),
  };
}

async function treeOf(git: Git, dir: string, id: string): Promise<string> {
  return (await git.must({ args: ["rev-parse", "--verify", `${id}^{tree}`], dir })).toString("latin1").trim();
}

async function readTag(git: Git, dir: string, update: RefUpdate): Promise<ReadTag | null> {
  if (!update.ref.startsWith("refs/tags/")) return null;
  const type = (await git.must({ args: ["cat-file", "-t", update.new], dir })).toString("latin1").trim();
  const body = type === "tag" ? (await readObjects(git, dir, [update.new])).get(update.new) : undefined;
  return body === undefined ? null : parseTag(body);
}

/** What fits into a fact of the card. */
export const TAG_MESSAGE_MAX = 3500;

function longTag(tag: ReadTag | null, update: RefUpdate): Undrawn[] {
  if (tag === null || tag.message.length <= TAG_MESSAGE_MAX) return [];
  return [{ what: `the whole message of ${update.ref}`, bytes: tag.messageBytes, digest: tag.sha256 }];
}
