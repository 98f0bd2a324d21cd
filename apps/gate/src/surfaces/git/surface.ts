/** The git surface: `/git/<resource>/...` on a workstation's socket. Fetching passes; pushing is received, held, shown, and released by id. */
import { mkdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import type { GitPushAction } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { Denials } from "../../core/denials.ts";
import type {
  ActionHandler,
  Caller,
  Holds,
  Policies,
  PushViews,
  Vault,
  WorkstationHandler,
} from "../../core/ports.ts";
import type { CheckedLookup } from "../../net/checked-lookup.ts";
import { createGit } from "./git-process.ts";
import { refuseLfs } from "./lfs/serve-lfs.ts";
import { GIT_LIMITS, type GitLimits } from "./limits.ts";
import type { GitLog } from "./log.ts";
import { collectMirrors } from "./mirror/collect.ts";
import { createMirrors } from "./mirror/mirrors.ts";
import { refuseGit, refusePlain, refusePush } from "./refuse.ts";
import { pushHandler } from "./release.ts";
import { type GitRoute, gitRoute } from "./route.ts";
import { createServe } from "./serve.ts";
import { type AccessTry, checkAccess } from "./upstream/check-access.ts";
import { createPushViews } from "./view.ts";

export interface GitSurfaceOptions {
  holds: Pick<Holds, "open" | "get" | "list" | "waitUntilSettled" | "clientWaitMs">;
  policies: Pick<Policies, "resourceFor" | "current">;
  vault: Vault;
  lookup: CheckedLookup;
  /** Told of pushes that are refused; left out in tests that do not look. */
  denials?: Pick<Denials, "note">;
  /** A folder of the gate alone, for mirrors and hooks: they are part of what must be backed up. */
  folder: string;
  clock: Clock;
  log: GitLog;
  limits?: Partial<GitLimits>;
}

export interface GitSurface {
  handle: WorkstationHandler;
  handler: ActionHandler<GitPushAction>;
  views: PushViews;
  /** Tries a credential without writing; throws a Problem that says what it lacks. */
  checkAccess(tried: AccessTry): Promise<void>;
  /** Tidies all mirrors once, as it happens by itself every limits.collectEveryMs. */
  collect(): Promise<void>;
  /** Kills the git processes that still run. Held pushes are on disk and stay. */
  stop(): Promise<void>;
}

/** Makes the surface. */
export async function createGitSurface(options: GitSurfaceOptions): Promise<GitSurface> {
  const { holds, policies, vault, lookup, folder, clock, log } = options;
  const stopping = new AbortController();
  const home = join(folder, "empty-home");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const limits = { ...GIT_LIMITS, ...options.limits };
  const git = createGit({ limits, clock, home, signal: stopping.signal });
  const mirrors = await createMirrors({ git, folder });
  const denied = (caller: Caller, name: string, { message }: Problem): void =>
    options.denials?.note({ ...caller, what: `push to ${name}`, why: message });
  const serve = createServe({
    denied,
    git,
    mirrors,
    holds,
    vault,
    lookup,
    clock,
    log,
    stopping: stopping.signal,
  });

  const collect = (): Promise<void> => collectMirrors({ git, mirrors, holds, policies, clock, log });
  void forEver(clock, limits.collectEveryMs, stopping.signal, collect);

  return {
    handle: async (request, response, caller) => {
      let route: GitRoute | null = null;
      try {
        route = gitRoute(request.method ?? "", request.url ?? "");
        const resource = await policies.resourceFor(caller.organization, caller.workstation, route.resource);
        // Invariant 9: a repository of others answers exactly as one that does not exist.
        if (resource?.kind !== "git") throw new Problem("not-found", { what: "such repository" });
        await serve({ route, resource, caller, request, response });
      } catch (error) {
        if (response.destroyed) return;
        if (!(error instanceof Problem))
          log.error({ err: error, workstation: caller.workstation }, "A git request failed");
        answerProblem(response, route, asProblem(error));
      }
    },
    handler: pushHandler({ git, mirrors, lookup }),
    views: createPushViews({ git, mirrors }),
    checkAccess: (tried) => checkAccess({ git, dir: home, lookup }, tried),
    collect,
    stop: async () => stopping.abort(),
  };
}

/** Ends with the signal. */
async function forEver(
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const waited = (): Promise<boolean> =>
    clock.wait(everyMs, signal).then(
      () => true,
      () => false,
    );
  while (await waited()) await work();
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("git.broken", { what: "answering git", why: "the gate's log says why" });
}

function answerProblem(response: ServerResponse, route: GitRoute | null, problem: Problem): void {
  switch (route?.kind) {
    case "advertise-upload":
      return refuseGit(response, problem, "git-upload-pack", "advertisement");
    case "advertise-receive":
      return refuseGit(response, problem, "git-receive-pack", "advertisement");
    case "upload":
      return refuseGit(response, problem, "git-upload-pack", "result");
    case "receive":
      return refusePush(response, problem);
    case "lfs-batch":
    case "lfs-object":
      return refuseLfs(response, problem);
    default:
      return refusePlain(response, problem);
  }
}
