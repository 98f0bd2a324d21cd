/** Which commits a push brings, what its difference is shown against, and which versions of files exist only inside its history. */
import { ABSENT_OBJECT, type RefUpdate } from "@nightgate/shared/actions";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import type { Compared } from "../mirror/held-refs.ts";
import type { ReadCommit } from "./commits.ts";
import { commitEntries, type RawEntry } from "./raw-entries.ts";

const KNOWN_MAX = 100;

/**
 * What the update is compared with. `base` is the old commit, or for a new ref the newest commit of its history that upstream has;
 * `known` are the commits at which its history meets upstream's. Reads the mirror's heads and tags, which are upstream's.
 */
export async function compare(git: Git, dir: string, update: RefUpdate): Promise<Compared> {
  const oldCommit = update.old === ABSENT_OBJECT ? null : await commitOf(git, dir, update.old);
  if (update.new === ABSENT_OBJECT) return { update, base: oldCommit, known: [] };
  const listed = await lines(git, dir, [
    "rev-list",
    "--boundary",
    `${update.new}^{commit}`,
    "--not",
    "--branches",
    "--tags",
  ]);
  const boundary = listed
    .filter((line) => line.startsWith("-"))
    .map((line) => line.slice(1))
    .slice(0, KNOWN_MAX);
  if (oldCommit !== null) return { update, base: oldCommit, known: boundary };
  // Nothing listed: upstream has the commit itself already, under another name.
  if (listed.length === 0) return { update, base: await commitOf(git, dir, update.new), known: [] };
  const newestFirst =
    boundary.length < 2 ? boundary : await lines(git, dir, ["rev-list", "--no-walk=sorted", ...boundary]);
  return { update, base: newestFirst[0] ?? null, known: boundary };
}

async function commitOf(git: Git, dir: string, id: string): Promise<string | null> {
  const result = await git.run({ args: ["rev-parse", "--verify", "--quiet", `${id}^{commit}`], dir });
  return result.code === 0 ? result.stdout.toString("latin1").trim() : null;
}

/** Ids of the commits that the update brings, newest first. Throws a Problem if they are too many. */
export async function commitIds(git: Git, dir: string, compared: Compared): Promise<string[]> {
  if (compared.update.new === ABSENT_OBJECT) return [];
  const ids = await lines(git, dir, [
    "rev-list",
    "--topo-order",
    `--max-count=${git.limits.commitsMax + 1}`,
    `${compared.update.new}^{commit}`,
    ...exclusions(compared),
  ]);
  if (ids.length > git.limits.commitsMax)
    throw new Problem("git.too-large", {
      what: `it has more than ${git.limits.commitsMax} new commits`,
      limit: String(git.limits.commitsMax),
    });
  return ids;
}

/** How many commits the ref loses. */
export async function droppedCount(git: Git, dir: string, { update, base }: Compared): Promise<number> {
  if (base === null || update.old === ABSENT_OBJECT) return 0;
  const kept = update.new === ABSENT_OBJECT ? othersThan(update.ref) : [`${update.new}^{commit}`];
  const [count] = await lines(git, dir, ["rev-list", "--count", base, "--not", ...kept]);
  return Number(count ?? 0);
}

/** All of upstream's branches and tags but `ref`. A ref name has no characters that a pattern would take for its own. */
function othersThan(ref: string): string[] {
  const isTag = ref.startsWith("refs/tags/");
  const exclude = `--exclude=${ref.replace(/^refs\/(heads|tags)\//, "")}`;
  return isTag ? ["--branches", exclude, "--tags"] : [exclude, "--branches", "--tags"];
}

function exclusions({ base, known }: Compared): string[] {
  const ids = [...new Set([...(base === null ? [] : [base]), ...known])];
  return ids.length === 0 ? [] : ["--not", ...ids];
}

async function lines(git: Git, dir: string, args: string[]): Promise<string[]> {
  const output = await git.must({ args, dir });
  return output
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}

/**
 * Versions of files that the commits bring and that the whole difference does not show: they reach upstream, too.
 * A blob is new with a commit if it differs from all of the commit's parents; all others were there before it.
 */
export async function earlierVersions(
  git: Git,
  dir: string,
  commits: readonly ReadCommit[],
  net: readonly RawEntry[],
): Promise<(RawEntry & { commit: string })[]> {
  const parents = new Map(commits.map(({ id, parents: list }) => [id, Math.max(1, list.length)]));
  const shown = new Set(net.map(({ newId }) => newId));
  const byCommit = new Map<string, RawEntry[][]>();
  for (const { commit, entries } of await commitEntries(
    git,
    dir,
    commits.map(({ id }) => id),
  )) {
    byCommit.set(commit, [...(byCommit.get(commit) ?? []), entries]);
  }
  const found: (RawEntry & { commit: string })[] = [];
  for (const [commit, groups] of byCommit) {
    const [first = [], ...others] = groups;
    if (groups.length < (parents.get(commit) ?? 1)) continue;
    for (const entry of first) {
      const key = `${entry.newId} ${entry.path}`;
      if (entry.newId === ABSENT_OBJECT || shown.has(entry.newId) || shown.has(key)) continue;
      if (!others.every((group) => group.some(({ newId }) => newId === entry.newId))) continue;
      shown.add(key);
      found.push({ ...entry, commit });
    }
  }
  return found;
}
