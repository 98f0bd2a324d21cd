/**
 * One bare repository per organization and upstream repository, on the gate's own disk: what upstream has, and what is held.
 * Invariant 7: a held push lives here, fsynced, before its agent is told of it.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { organizationId, resourceId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { type Git, saysFull } from "../git-process.ts";
import { upstreamSettings } from "../upstream/address.ts";
import type { Upstream } from "../upstream/address.ts";
import { upstreamProblem } from "../upstream/complaints.ts";
import { PRE_RECEIVE, PROC_RECEIVE } from "./hooks.ts";
import { clearHalfPacks, clearLeftovers } from "./leftovers.ts";
import { createReceiving, type Receiving } from "./receiving.ts";

export interface Mirror {
  dir: string;
  /** Whether it was made equal to upstream since this process began. */
  synced: boolean;
  /** Runs one at a time per mirror: a sync never changes refs under an advertisement. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
  receiving: Receiving;
}

export interface Mirrors {
  /** The mirror of a resource; made, empty, when it is needed first. */
  of(organization: string, resource: string): Promise<Mirror>;
  /** Makes the mirror's heads and tags exactly the upstream's. Throws a Problem if that is not possible. */
  sync(mirror: Mirror, upstream: Upstream, signal: AbortSignal): Promise<void>;
  /** The folder with the two hooks; nothing else is ever run as a hook. */
  hooks: string;
  /** Has a folder per organization, with its mirrors. */
  root: string;
  /** The mirror's folder goes: whoever asks for it next gets a new one. */
  forget(organization: string, resource: string): void;
}

/** Makes the folders and writes the hooks. `folder` belongs to the gate alone. */
export async function createMirrors(options: { git: Git; folder: string }): Promise<Mirrors> {
  const { git, folder } = options;
  const hooks = join(folder, "hooks");
  await mkdir(hooks, { recursive: true, mode: 0o700 });
  for (const [name, script] of [
    ["pre-receive", PRE_RECEIVE],
    ["proc-receive", PROC_RECEIVE],
  ] as const) {
    await writeFile(join(hooks, name), script, { mode: 0o700 });
    await chmod(join(hooks, name), 0o700);
  }
  const known = new Map<string, Promise<Mirror>>();

  async function make(organization: string, resource: string): Promise<Mirror> {
    // Both become parts of a path: nothing but an id may.
    if (!organizationId.safeParse(organization).success || !resourceId.safeParse(resource).success)
      throw new Problem("not-found", { what: "such repository" });
    const dir = join(folder, "mirrors", organization, `${resource}.git`);
    if (!existsSync(join(dir, "HEAD"))) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await git.must({
        args: ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--initial-branch=none"],
        dir,
      });
      for (const path of [dir, join(folder, "mirrors", organization)]) await fsyncFolder(path);
    } else await clearLeftovers(dir);
    return { dir, synced: false, alone: oneAtATime(), receiving: createReceiving() };
  }

  return {
    hooks,
    root: join(folder, "mirrors"),
    forget: (organization, resource) => void known.delete(`${organization}/${resource}`),
    of: (organization, resource) => {
      const key = `${organization}/${resource}`;
      const mirror = known.get(key) ?? make(organization, resource);
      known.set(key, mirror);
      mirror.catch(() => known.delete(key));
      return mirror;
    },
    sync: async (mirror, upstream, signal) => {
      const fetching = {
        args: [
          "fetch",
          "--quiet",
          "--prune",
          "--force",
          "--no-tags",
          "--no-write-fetch-head",
          upstream.url.href,
          "+refs/heads/*:refs/heads/*",
          "+refs/tags/*:refs/tags/*",
        ],
        dir: mirror.dir,
        settings: upstreamSettings(upstream),
        timeoutMs: git.limits.fetchMs,
        signal,
      };
      const result = await git.run(fetching).catch(async (error: unknown) => {
        await clearHalfPacks(mirror.dir);
        throw error;
      });
      if (result.code !== 0) {
        await clearHalfPacks(mirror.dir);
        if (saysFull(result.stderr)) throw new Problem("disk.full", { where: "the gate's disk" });
        throw upstreamProblem(upstream.name, result.stderr, upstream.credential);
      }
      mirror.synced = true;
    },
  };
}

function oneAtATime(): Mirror["alone"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}

/** A new file survives a loss of power only once its folder is on disk too; git does not see to that. */
export async function fsyncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
