/**
 * An approved push goes out: exactly the held ids, to exactly the refs, if upstream still is where it was when it was shown.
 * Invariant 5: ids, never names; a lease per ref, so that a world that has moved makes the release fail.
 * Invariant 6: git starts only after the marker is in the journal, and what it did is read from upstream, never assumed.
 */
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import { ABSENT_OBJECT, type GitPushAction, type RefUpdate } from "@nightgate/shared/actions";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { ActionHandler, Outcome, ReleaseContext } from "../../core/ports.ts";
import type { CheckedLookup } from "../../net/checked-lookup.ts";
import { collectText, ended, type Git, killGroup } from "./git-process.ts";
import { heldLfs } from "./lfs/held-lfs.ts";
import { lfsStore } from "./lfs/lfs-store.ts";
import { lfsUpstream } from "./lfs/lfs-upstream.ts";
import { sendLfs } from "./lfs/send-lfs.ts";
import { comparedOf, heldIds } from "./mirror/held-refs.ts";
import type { Mirror, Mirrors } from "./mirror/mirrors.ts";
import { markerOf, TOKEN_VARIABLE } from "./process-group.ts";
import { settlePush, upstreamState } from "./settle.ts";
import { upstreamSettings, upstreamUrl } from "./upstream/address.ts";
import type { Upstream } from "./upstream/address.ts";
import { problemBeforeSending, scrub } from "./upstream/complaints.ts";
import { openUpstream } from "./upstream/open-upstream.ts";

/** The handler of `git.push`. */
export function pushHandler(options: {
  git: Git;
  mirrors: Mirrors;
  lookup: CheckedLookup;
}): ActionHandler<GitPushAction> {
  const { git, mirrors, lookup } = options;
  return {
    kinds: ["git.push"],
    release: async (action, context) => {
      const mirror = await mirrors.of(action.organization, action.resource);
      const [ids, upstream] = await Promise.all([
        heldIds(git, mirror.dir, context.hold.id),
        openUpstream(lookup, repositoryOf(action, context), context.credential),
      ]);
      comparedOf(ids, context.hold.id, action.updates);
      const objects = await heldLfs(git, mirror.dir, ids);
      const before = (): Promise<void> =>
        sendLfs(
          lfsStore(mirror.dir, git.limits),
          lfsUpstream({ upstream, lookup, limits: git.limits, clock: git.clock, signal: context.signal }),
          objects,
        );
      return releasePush(git, mirror, action, upstream, { ...context, before });
    },
    settle: async (action, context, marker) => {
      const mirror = await mirrors.of(action.organization, action.resource);
      const upstream = await upstreamToAsk(lookup, action, context);
      return settlePush({ git, mirror, action, upstream, signal: context.signal }, marker);
    },
  };
}

/** One that cannot be found now has no addresses: what was started must be ended all the same, and then nobody knows how it went. */
async function upstreamToAsk(
  lookup: CheckedLookup,
  action: GitPushAction,
  context: Pick<ReleaseContext, "resource" | "credential">,
): Promise<Upstream> {
  const resource = repositoryOf(action, context);
  try {
    return await openUpstream(lookup, resource, context.credential);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      name: resource.name,
      url: upstreamUrl(resource),
      credential: context.credential,
      addresses: [],
    };
  }
}

/** The repository of the action. The credential goes to the address that was signed, or nowhere. */
function repositoryOf(action: GitPushAction, context: Pick<ReleaseContext, "resource">): GitResource {
  const { resource } = context;
  if (resource === null || resource.kind !== "git" || resource.id !== action.resource)
    throw new Problem("git.upstream-unusable", {
      name: action.resource,
      why: "the policy has no such repository any more",
    });
  const url = upstreamUrl(resource);
  if (url.href !== action.upstream)
    throw new Problem("git.upstream-unusable", {
      name: resource.name,
      why: "it is not the one that this push was approved for",
    });
  return resource;
}

async function releasePush(
  git: Git,
  mirror: Mirror,
  action: GitPushAction,
  upstream: Upstream,
  context: ReleaseContext & { before(): Promise<void> },
): Promise<Outcome> {
  const token = randomUUID();
  const child = git.spawnWaiting({
    args: [
      "push",
      "--porcelain",
      "--no-verify",
      "--no-thin",
      "--no-signed",
      ...(action.updates.length > 1 ? ["--atomic"] : []),
      ...action.updates.map(leaseOf),
      upstream.url.href,
      ...action.updates.map(refspecOf),
    ],
    dir: mirror.dir,
    // What was received is sent as it was packed: nobody looks for deltas a second time.
    settings: [...upstreamSettings(upstream), ["pack.window", "0"]],
    env: { [TOKEN_VARIABLE]: token },
  });
  const said = collectOutput(child);
  const complaints = collectText(child, git.limits.complaintBytesMax);
  const closed = ended(child);
  const kill = (): void => killGroup(child);
  context.signal.addEventListener("abort", kill, { once: true });
  const done = new AbortController();
  try {
    const go = child.stdio[3] as Writable;
    go.on("error", () => "the exit code tells");
    if (child.pid === undefined || context.signal.aborted)
      throw new Problem("git.broken", { what: "starting the push", why: "it was stopped before it began" });
    // Invariant 6: journalled before the first byte can leave. If the gate dies before the line below, git never starts.
    await context.dispatching({ ...(await markerOf(child.pid, token)) });
    const unsent = await context.before().then(() => null, notSent);
    if (unsent !== null) return unsent;
    go.end("go\n");
    git.clock.wait(git.limits.releaseMs, done.signal).then(kill, () => "ended in time");
    const code = await closed;
    return await outcomeOf({ git, mirror, action, upstream, code, said: said(), complaints: complaints() });
  } finally {
    done.abort();
    kill();
    context.signal.removeEventListener("abort", kill);
  }
}

/** What comes before the refs did not get there; git never began, so no ref can have moved. */
function notSent(error: unknown): Outcome {
  if (!(error instanceof Problem)) throw error;
  return { state: "failed", words: error.message, evidence: { sent: false } };
}

/** Empty after the colon: the ref must not exist. */
function leaseOf(update: RefUpdate): string {
  return `--force-with-lease=${update.ref}:${update.old === ABSENT_OBJECT ? "" : update.old}`;
}

function refspecOf(update: RefUpdate): string {
  return `${update.new === ABSENT_OBJECT ? "" : update.new}:${update.ref}`;
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    if (text.length < 65_536) text += chunk.toString("utf8");
  });
  return () => text;
}

interface Ended {
  git: Git;
  mirror: Mirror;
  action: GitPushAction;
  upstream: Upstream;
  code: number | null;
  said: string;
  complaints: string;
}

async function outcomeOf(run: Ended): Promise<Outcome> {
  const { git, mirror, action, upstream, code, said, complaints } = run;
  const words = scrub(complaints, upstream.credential);
  if (code !== 0) {
    const before = problemBeforeSending(upstream.name, complaints);
    if (before !== null) return { state: "failed", words: before.message, evidence: { said: words } };
  }
  // Asked by a signal of its own: the evidence is wanted also where the release was told to stop.
  const state = await upstreamState({
    git,
    mirror,
    action,
    upstream,
    signal: AbortSignal.timeout(git.limits.lsRemoteMs * 2),
  });
  const evidence = { refs: state.refs, said: words, exitCode: code };
  const refusals = porcelainRefusals(said, action);
  // Its refs are the witness: one that says no and takes it all the same has it.
  if (state.kind === "there") return { state: "released", words: "The upstream has it.", evidence };
  if (code !== 0 && refusals.length > 0 && !arrivedInPart(action, state.refs))
    return { state: "failed", words: refusalWords(refusals, words, upstream), evidence };
  if (state.kind === "beyond") return { state: "released", words: "The upstream has it.", evidence };
  if (code === 0)
    return { state: "unknown", words: "The upstream accepted the push but does not show it.", evidence };
  // The connection broke in the middle: upstream may still be at work on it.
  return settlePush(
    { git, mirror, action, upstream, signal: AbortSignal.timeout(git.limits.lsRemoteMs * 4) },
    "already dead",
  );
}

/** Lines `!<tab>from:to<tab>[rejected] (why)` of --porcelain: upstream, or git itself, said no before anything changed. */
function porcelainRefusals(said: string, action: GitPushAction): { ref: string; why: string }[] {
  const refusals: { ref: string; why: string }[] = [];
  for (const line of said.split("\n")) {
    const [flag, pair, why] = line.split("\t");
    if (flag !== "!" || pair === undefined || why === undefined) continue;
    const ref = pair.slice(pair.indexOf(":") + 1);
    // An upstream's reason may have a line break in it, and then what looks like another line of git's.
    if (!action.updates.some((update) => update.ref === ref)) continue;
    // "[remote failure]" is no refusal: the answer was lost.
    if (!why.startsWith("[remote failure]")) refusals.push({ ref, why });
  }
  return refusals;
}

function arrivedInPart(action: GitPushAction, refs: Record<string, string>): boolean {
  return action.updates.some(({ ref, new: id }) => refs[ref] === id);
}

function refusalWords(refusals: { ref: string; why: string }[], words: string, upstream: Upstream): string {
  const stale = refusals.find(({ why }) => why.includes("stale info"));
  if (stale !== undefined)
    return `${stale.ref} has moved upstream meanwhile, so nothing was pushed. Fetch, and push again to ask anew.`;
  const reasons = refusals.map(({ ref, why }) => `${ref}: ${scrub(why, upstream.credential)}`).join("; ");
  const remote = words
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .join(" ");
  return `The upstream refused it (${reasons}). ${remote}`.trim().slice(0, 1000);
}
