/** Looks at the objects of a push while git still keeps them apart: what is over a limit never enters the mirror (G15, G16, G18). */
import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import type { GitLimits } from "../limits.ts";
import type { Mirror } from "../mirror/mirrors.ts";
import { mostPaths } from "./count-paths.ts";

/** The Problem for which the objects must not come in, or null. `quarantine` is the folder that git named, "" for none. */
export async function refuseQuarantine(
  git: Git,
  mirror: Mirror,
  quarantine: string,
): Promise<Problem | null> {
  if (quarantine === "") return null;
  const folder = await realpath(quarantine);
  if (!folder.startsWith((await realpath(mirror.dir)) + sep))
    return new Problem("git.broken", {
      what: "receiving a push",
      why: "its objects are not where they belong",
    });
  const ask = (args: string[], input = ""): Promise<Buffer> =>
    git.must({ args: ["cat-file", ...args], dir: mirror.dir, env: { GIT_OBJECT_DIRECTORY: folder }, input });
  const list = async (format: string): Promise<string> =>
    (await ask(["--batch-all-objects", "--unordered", `--batch-check=${format}`])).toString("latin1");
  // Before the types: for each of those git goes down the whole chain.
  const depth = deltaDepth(await list("%(objectname) %(deltabase)"));
  if (depth > git.limits.deltaDepthMax)
    return new Problem("git.too-large", {
      what: `its pack has a chain of ${depth} deltas`,
      limit: String(git.limits.deltaDepthMax),
    });
  const listed = await list("%(objecttype) %(objectsize) %(objectname)");
  const problem = overLimit(listed, git.limits);
  if (problem !== null) return problem;
  const trees = listed.split("\n").filter((line) => line.startsWith("tree "));
  const ids = trees.map((line) => `${line.slice(line.lastIndexOf(" ") + 1)}\n`).join("");
  return mostPaths(await ask(["--batch"], ids)) > git.limits.treePathsMax
    ? new Problem("git.too-large", {
        what: `it has more than ${git.limits.treePathsMax} paths below one tree`,
        limit: String(git.limits.treePathsMax),
      })
    : null;
}

/** The longest chain of deltas; each object is looked at once. */
function deltaDepth(listed: string): number {
  const lines = listed.split("\n").filter((line) => line !== "");
  const bases = new Map(lines.map((line) => [line.slice(0, 40), line.slice(41)]));
  const depths = new Map<string, number>();
  let deepest = 0;
  for (const object of bases.keys()) {
    const chain: string[] = [];
    let at = object;
    for (; bases.has(at) && !depths.has(at); at = bases.get(at) ?? "") {
      chain.push(at);
      // A pack that names an object twice may have circles.
      depths.set(at, 0);
    }
    let depth = depths.get(at) ?? -1;
    for (const each of chain.toReversed()) depths.set(each, (depth += 1));
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function overLimit(listed: string, limits: GitLimits): Problem | null {
  const refuse = (what: string, limit: string): Problem => new Problem("git.too-large", { what, limit });
  let objects = 0;
  let total = 0;
  for (const line of listed.split("\n")) {
    if (line === "") continue;
    const [type = "", size] = line.split(" ");
    const bytes = Number(size);
    objects += 1;
    total += bytes;
    if (bytes > limits.objectBytesMax)
      return refuse(`a ${type} of ${bytes} bytes`, `${limits.objectBytesMax} bytes for one object`);
    if ((type === "commit" || type === "tag") && bytes > limits.commitBytesMax)
      return refuse(
        `a ${type} of ${bytes} bytes`,
        `${limits.commitBytesMax} bytes for its message and headers`,
      );
  }
  if (objects > limits.objectsMax) return refuse(`it has ${objects} objects`, String(limits.objectsMax));
  if (total > limits.inflatedBytesMax)
    return refuse(`its objects are ${total} bytes when unpacked`, `${limits.inflatedBytesMax} bytes`);
  return null;
}
