/**
 * Keeps mirrors from growing for ever: what ended holds have kept goes after a while, with their Git LFS objects; what git has in many
 * packs is put into few; and the mirror of a repository that the policy no longer has goes once nothing in it is held.
 * Attack G32: what a hold that may still be released needs is never touched, and nothing is touched under a push.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { isSettled } from "@nightgate/shared/hold-states";
import { Problem } from "@nightgate/shared/problems";
import type { Holds, Policies } from "../../../core/ports.ts";
import type { Git } from "../git-process.ts";
import { heldLfs } from "../lfs/held-lfs.ts";
import { lfsStore } from "../lfs/lfs-store.ts";
import type { GitLog } from "../log.ts";
import { HELD, heldIds } from "./held-refs.ts";
import { namesIn } from "./leftovers.ts";
import { fsyncFolder, type Mirror, type Mirrors } from "./mirrors.ts";

export interface Collecting {
  git: Git;
  mirrors: Mirrors;
  holds: Pick<Holds, "get">;
  policies: Pick<Policies, "current">;
  clock: Clock;
  log: GitLog;
}

/** Goes over all mirrors once. A mirror that cannot be tidied now is noted, and is tried again the next time. */
export async function collectMirrors(collecting: Collecting): Promise<void> {
  const { mirrors, log } = collecting;
  for (const organization of await namesIn(mirrors.root)) {
    for (const name of await namesIn(join(mirrors.root, organization))) {
      const resource = name.replace(/\.git$/, "");
      try {
        const mirror = await mirrors.of(organization, resource);
        await mirror.alone(() =>
          mirror.receiving.collect(() => collectOne(collecting, organization, resource, mirror)),
        );
      } catch (error) {
        log.warn({ err: error, organization, resource }, "A mirror could not be tidied");
      }
    }
  }
}

async function collectOne(
  collecting: Collecting,
  organization: string,
  resource: string,
  mirror: Mirror,
): Promise<void> {
  const { git, mirrors, policies, clock } = collecting;
  const { dir } = mirror;
  const kept = await forgetEnded(collecting, organization, dir);
  const known = (await policies.current(organization)).resources.some(({ id }) => id === resource);
  if (!known && kept.length === 0) {
    mirrors.forget(organization, resource);
    await rm(dir, { recursive: true, force: true });
    await fsyncFolder(join(dir, ".."));
    return;
  }
  const wanted = new Set<string>();
  for (const hold of kept)
    for (const { oid } of await heldLfs(git, dir, await heldIds(git, dir, hold))) wanted.add(oid);
  await lfsStore(dir, git.limits).collect(wanted, new Date(clock.now() - git.limits.lfsUnclaimedMs));
  if ((await packsOf(dir)) > git.limits.mirrorPacksMax) await repack(git, dir, clock.now());
}

/** Removes the refs of holds that ended long ago; answers the holds whose refs stay. */
async function forgetEnded(
  { git, holds, clock }: Collecting,
  organization: string,
  dir: string,
): Promise<string[]> {
  const listed = await git.must({ args: ["for-each-ref", "--format=%(refname)", `${HELD}/`], dir });
  const byHold = new Map<string, string[]>();
  for (const ref of listed.toString("utf8").split("\n")) {
    const hold = ref.slice(HELD.length + 1).split("/")[0];
    if (ref !== "" && hold !== undefined) byHold.set(hold, [...(byHold.get(hold) ?? []), ref]);
  }
  const before = clock.now() - git.limits.heldKeptMs;
  const kept: string[] = [];
  const gone: string[] = [];
  for (const [hold, refs] of byHold) {
    if (await endedBefore(holds, organization, hold, before)) gone.push(...refs);
    else kept.push(hold);
  }
  if (gone.length > 0)
    await git.must({
      args: ["update-ref", "--stdin"],
      dir,
      input: gone.map((ref) => `delete ${ref}\n`).join(""),
      settings: [["core.hooksPath", "/dev/null"]],
    });
  return kept;
}

/** A hold that has no row is in nobody's way: the disk is believed before the rows. */
async function endedBefore(
  holds: Pick<Holds, "get">,
  organization: string,
  id: string,
  before: number,
): Promise<boolean> {
  try {
    const { state, endedAt } = await holds.get(organization, id);
    return isSettled(state) && endedAt !== null && endedAt.getTime() < before;
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return false;
    throw error;
  }
}

async function packsOf(dir: string): Promise<number> {
  return (await readdir(join(dir, "objects/pack"))).filter((name) => name.endsWith(".pack")).length;
}

/** All that a ref reaches goes into one pack; the rest stays loose for a while, and then goes. */
async function repack(git: Git, dir: string, now: number): Promise<void> {
  // Seconds since 1970, as git takes a date.
  const expiry = String(Math.floor((now - git.limits.unreachableKeptMs) / 1000));
  const settings = [
    ["pack.window", "0"],
    ["repack.writeBitmaps", "false"],
  ] as const;
  const timeoutMs = git.limits.repackMs;
  const args = ["repack", "-q", "-A", "-d", `--unpack-unreachable=${expiry}`];
  await git.must({ args, dir, settings, timeoutMs });
  await git.must({ args: ["prune", `--expire=${expiry}`], dir, timeoutMs });
}
