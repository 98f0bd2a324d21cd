/** Asks an upstream for its refs, with real git. What it answers is the evidence of how a push ended. */
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "../git-process.ts";
import { type Upstream, upstreamSettings } from "./address.ts";
import { upstreamProblem } from "./complaints.ts";

/** Ref name to object id, for the refs named (all heads and tags if none). Throws a Problem if the upstream cannot be asked. */
export async function lsRemote(
  git: Git,
  dir: string,
  upstream: Upstream,
  refs: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  if (upstream.addresses.length === 0)
    throw new Problem("git.upstream-unreachable", { name: upstream.name, why: "its host name is not known" });
  const result = await git.run({
    args: ["ls-remote", "--refs", "--quiet", upstream.url.href, ...refs],
    dir,
    settings: upstreamSettings(upstream),
    timeoutMs: git.limits.lsRemoteMs,
    ...(signal ? { signal } : {}),
  });
  if (result.code !== 0) throw upstreamProblem(upstream.name, result.stderr, upstream.credential);
  const found = new Map<string, string>();
  for (const line of result.stdout.toString("utf8").split("\n")) {
    if (line === "") continue;
    const [id, ref] = line.split("\t");
    if (id === undefined || ref === undefined || !/^[0-9a-f]{40,64}$/.test(id))
      throw new Problem("git.upstream-failed", {
        name: upstream.name,
        why: "its list of refs cannot be read",
      });
    // A pattern matches from the end: refs/x/refs/heads/main would answer for refs/heads/main.
    if (refs.length === 0 || refs.includes(ref)) found.set(ref, id);
  }
  return found;
}
