/** The git surface: `/git/<resource>/...` on a workstation's socket. Fetching passes; pushing is received, held, shown, and released by id. */
import { mkdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { GitPushAction } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { ActionHandler, Caller, Holds, Policies, PushViews, Vault, WorkstationHandler } from "../../core/ports.ts";
import { createGit } from "./git-process.ts";
import { holdPush } from "./hold-push.ts";
import { GIT_LIMITS, type GitLimits } from "./limits.ts";
import type { GitLog } from "./log.ts";
import { createMirrors } from "./mirror/mirrors.ts";
import { advertise, receive } from "./receive-pack.ts";
import { refuseGit, refusePlain, refusePush } from "./refuse.ts";
import { pushHandler } from "./release.ts";
import { type GitRoute, gitRoute } from "./route.ts";
import type { HookTalk } from "./wire/proc-receive.ts";
import { passThrough } from "./upload-pack.ts";
import { upstreamUrl } from "./upstream/address.ts";
import type { Upstream } from "./upstream/ls-remote.ts";
import { createPushViews } from "./view.ts";

export interface GitSurfaceOptions {
  holds: Pick<Holds, "open" | "list" | "waitUntilSettled" | "clientWaitMs">;
  policies: Pick<Policies, "resourceFor">;
  vault: Vault;
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
  /** Kills the git processes that still run. Held pushes are on disk and stay. */
  stop(): Promise<void>;
}

/** Makes the surface. */
export async function createGitSurface(options: GitSurfaceOptions): Promise<GitSurface> {
  const { holds, policies, vault, folder, clock, log } = options;
  const limits = { ...GIT_LIMITS, ...options.limits };
  const stopping = new AbortController();
  const home = join(folder, "empty-home");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const git = createGit({ limits, clock, home, signal: stopping.signal });
  const mirrors = await createMirrors({ git, folder });
  const pushes = atMost(limits.pushesPerWorkstationMax);

  async function serve(route: GitRoute, resource: GitResource, request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    const upstream: Upstream = { name: resource.name, url: upstreamUrl(resource), credential: null };
    if (route.kind === "upload" || route.kind === "advertise-upload") {
      upstream.credential = await vault.open(caller.organization, resource.id, "git.credential");
      const path = route.kind === "upload" ? "git-upload-pack" : "info/refs?service=git-upload-pack";
      return passThrough({ upstream, path, limits, clock }, request, response);
    }
    if (resource.push === "deny") throw new Problem("git.push-denied", { name: resource.name });
    const mirror = await mirrors.of(caller.organization, resource.id);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const sync = async (): Promise<void> => {
      upstream.credential = await vault.open(caller.organization, resource.id, "git.credential");
      await mirrors.sync(mirror, upstream, AbortSignal.any([gone.signal, stopping.signal]));
    };
    if (route.kind === "advertise-receive") {
      return mirror.alone(async () => {
        await sync();
        await advertise(git, mirror, mirrors.hooks, response);
      });
    }
    // A push that did not ask first, or asked before the gate was started anew.
    if (!mirror.synced) await mirror.alone(sync);
    const context = { git, mirror, holds, caller, resource, log };
    const converse = (talk: HookTalk, clientGone: AbortSignal): Promise<void> => holdPush(context, talk, clientGone);
    return pushes.one(caller.workstation, () => receive({ git, mirror, hooks: mirrors.hooks, log, converse }, request, response));
  }

  return {
    handle: async (request, response, caller) => {
      let route: GitRoute | null = null;
      try {
        route = gitRoute(request.method ?? "", request.url ?? "");
        const resource = await policies.resourceFor(caller.organization, caller.workstation, route.resource);
        // Invariant 9: a repository of others answers exactly as one that does not exist.
        if (resource === null || resource.kind !== "git") throw new Problem("not-found", { what: "such repository" });
        await serve(route, resource, request, response, caller);
      } catch (error) {
        if (response.destroyed) return;
        const problem = error instanceof Problem ? error : new Problem("git.broken", { what: "answering git", why: "the gate's log says why" });
        if (problem !== error) log.error({ err: error, workstation: caller.workstation }, "A git request failed");
        answerProblem(response, route, problem);
      }
    },
    handler: pushHandler({ git, mirrors }),
    views: createPushViews({ git, mirrors }),
    stop: async () => stopping.abort(),
  };
}

/** Counts what each workstation has under way; more than `max` at once is refused (invariant 12). */
function atMost(max: number): { one(workstation: string, work: () => Promise<void>): Promise<void> } {
  const running = new Map<string, number>();
  return {
    one: async (workstation, work) => {
      const count = running.get(workstation) ?? 0;
      if (count >= max) throw new Problem("too-many", { what: "pushes of this workstation under way", limit: max });
      running.set(workstation, count + 1);
      try {
        await work();
      } finally {
        const left = (running.get(workstation) ?? 1) - 1;
        if (left > 0) running.set(workstation, left);
        else running.delete(workstation);
      }
    },
  };
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
    default:
      return refusePlain(response, problem);
  }
}
