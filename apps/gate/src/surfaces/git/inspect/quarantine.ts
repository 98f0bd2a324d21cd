/** Looks at the objects of a push while git still keeps them apart: what is over a limit never enters the mirror (G15, G16, G18). */
import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import type { GitLimits } from "../limits.ts";
import type { Mirror } from "../mirror/mirrors.ts";

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
  const listed = await git.must({
    args: ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectsize)"],
    dir: mirror.dir,
    env: { GIT_OBJECT_DIRECTORY: folder },
  });
  return overLimit(listed.toString("latin1"), git.limits);
}

function overLimit(listed: string, limits: GitLimits): Problem | null {
  const refuse = (what: string, limit: string): Problem => new Problem("git.too-large", { what, limit });
  let objects = 0;
  let total = 0;
  for (const line of listed.split("\n")) {
    if (line === "") continue;
    const space = line.indexOf(" ");
    const type = line.slice(0, space);
    const bytes = Number(line.slice(space + 1));
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
