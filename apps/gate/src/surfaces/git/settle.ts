/** Finds out how a push ended from the only witness there is, the upstream's refs. What cannot be proved is `unknown`. */
import { ABSENT_OBJECT, type GitPushAction } from "@nightgate/shared/actions";
import { Problem } from "@nightgate/shared/problems";
import type { Outcome } from "../../core/ports.ts";
import type { Git } from "./git-process.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { endGroup, pushMarker } from "./process-group.ts";
import { isAncestor } from "./read.ts";
import { upstreamSettings } from "./upstream/address.ts";
import type { Upstream } from "./upstream/address.ts";
import { lsRemote } from "./upstream/ls-remote.ts";

export interface Settling {
  git: Git;
  mirror: Mirror;
  action: GitPushAction;
  upstream: Upstream;
  signal: AbortSignal;
}

/** there: every ref is at its new id. beyond: at it or at a descendant. before: every ref is still at its old id. */
type UpstreamKind = "there" | "beyond" | "before" | "elsewhere" | "unreachable";

/** Compares the upstream's refs with the action; never throws for an upstream that cannot be asked. */
export async function upstreamState(
  settling: Settling,
): Promise<{ kind: UpstreamKind; refs: Record<string, string> }> {
  const { git, mirror, action, upstream, signal } = settling;
  let found: Map<string, string>;
  try {
    found = await lsRemote(
      git,
      mirror.dir,
      upstream,
      action.updates.map(({ ref }) => ref),
      signal,
    );
  } catch (error) {
    if (error instanceof Problem) return { kind: "unreachable", refs: {} };
    throw error;
  }
  const refs = Object.fromEntries(action.updates.map(({ ref }) => [ref, found.get(ref) ?? ABSENT_OBJECT]));
  const at = (ref: string): string => refs[ref] ?? ABSENT_OBJECT;
  if (action.updates.every((update) => at(update.ref) === update.new)) return { kind: "there", refs };
  if (action.updates.every((update) => at(update.ref) === update.old)) return { kind: "before", refs };
  for (const update of action.updates) {
    if (at(update.ref) !== update.new && !(await isBeyond(settling, update.new, update.ref, at(update.ref))))
      return { kind: "elsewhere", refs };
  }
  return { kind: "beyond", refs };
}

/** Whether upstream's id descends from ours: then ours arrived, and others have built on it. */
async function isBeyond(settling: Settling, ours: string, ref: string, theirs: string): Promise<boolean> {
  const { git, mirror, upstream, signal } = settling;
  if (ours === ABSENT_OBJECT || theirs === ABSENT_OBJECT || !ref.startsWith("refs/heads/")) return false;
  const fetching = {
    args: ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", upstream.url.href, theirs],
    dir: mirror.dir,
    settings: upstreamSettings(upstream),
    timeoutMs: git.limits.fetchMs,
    signal,
  };
  const fetched = await mirror.alone(() => git.run(fetching));
  return fetched.code === 0 && isAncestor(git, mirror, ours, theirs);
}

/**
 * After a crash, or a connection that broke: makes sure that the attempt is dead, then reads the upstream.
 * A `marker` of null says that none was journalled, so nothing was ever sent.
 */
export async function settlePush(
  settling: Settling,
  marker: Record<string, unknown> | null | "already dead",
): Promise<Outcome> {
  const { git } = settling;
  if (marker === null)
    return {
      state: "failed",
      words: "The gate stopped before anything was sent. Push again to ask anew.",
      evidence: { sent: false },
    };
  if (marker !== "already dead") {
    const known = pushMarker.safeParse(marker);
    if (!known.success)
      return { state: "unknown", words: "The journal's note of this push cannot be read.", evidence: {} };
    if (!(await endGroup(known.data, git.clock, git.limits.killMs)))
      return { state: "unknown", words: "The earlier attempt could not be ended.", evidence: {} };
  }
  let state = await upstreamState(settling);
  if (state.kind === "before") {
    // What upstream has received it may still be working on: look again before saying no.
    await git.clock.wait(git.limits.settleGraceMs, settling.signal);
    state = await upstreamState(settling);
  }
  switch (state.kind) {
    case "there":
    case "beyond":
      return {
        state: "released",
        words: "The upstream has it.",
        evidence: { refs: state.refs, settled: true },
      };
    case "before":
      return {
        state: "failed",
        words: "The push was interrupted, and the upstream does not have it. Push again to ask anew.",
        evidence: { refs: state.refs, settled: true },
      };
    case "elsewhere":
      return {
        state: "unknown",
        words: "The push was interrupted, and the upstream has moved to something else: a person must look.",
        evidence: { refs: state.refs },
      };
    case "unreachable":
      return {
        state: "unknown",
        words: "The push was interrupted, and the upstream cannot be asked now.",
        evidence: {},
      };
  }
}
