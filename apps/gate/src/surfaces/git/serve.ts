/** Answers a request of a git client for a repository that its workstation may use. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@nightgate/shared/clock";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Caller, Holds, Vault } from "../../core/ports.ts";
import type { CheckedLookup } from "../../net/checked-lookup.ts";
import { atMost } from "./at-most.ts";
import type { Git } from "./git-process.ts";
import { holdPush } from "./hold-push.ts";
import type { GitLog } from "./log.ts";
import type { Mirror, Mirrors } from "./mirror/mirrors.ts";
import { advertise, receive } from "./receive-pack.ts";
import type { GitRoute } from "./route.ts";
import { passThrough } from "./upload-pack.ts";
import type { Upstream } from "./upstream/address.ts";
import { openUpstream } from "./upstream/open-upstream.ts";

export interface ServeOptions {
  git: Git;
  mirrors: Mirrors;
  holds: Pick<Holds, "open" | "list" | "waitUntilSettled" | "clientWaitMs">;
  vault: Vault;
  lookup: CheckedLookup;
  clock: Clock;
  log: GitLog;
  /** Aborted when the surface stops. */
  stopping: AbortSignal;
}

export interface Asked {
  route: GitRoute;
  resource: GitResource;
  caller: Caller;
  request: IncomingMessage;
  response: ServerResponse;
}

/** Makes the server; what it cannot do it throws as a Problem, before it has answered. */
export function createServe(options: ServeOptions): (asked: Asked) => Promise<void> {
  const pushes = atMost(options.git.limits.pushesPerWorkstationMax, "pushes of this workstation under way");
  return async (asked) => {
    const { route, resource, caller } = asked;
    if (route.kind === "upload" || route.kind === "advertise-upload") return fetchFrom(options, asked);
    if (resource.push === "deny") throw new Problem("git.push-denied", { name: resource.name });
    const mirror = await options.mirrors.of(caller.organization, resource.id);
    const gone = goneSignal(asked.response);
    if (route.kind === "advertise-receive") {
      await earlierReleases(options, asked, gone);
      return mirror.alone(async () => {
        await sync(options, asked, mirror, gone);
        await advertise(options.git, mirror, options.mirrors.hooks, asked.response);
      });
    }
    return pushes(caller.workstation, async () => {
      // A push that did not ask first, or asked before the gate was started anew.
      if (!mirror.synced) await mirror.alone(() => sync(options, asked, mirror, gone));
      await receivePush(options, asked, mirror);
    });
  };
}

async function upstreamOf({ vault, lookup }: ServeOptions, { resource, caller }: Asked): Promise<Upstream> {
  const credential = await vault.open(caller.organization, resource.id, "git.credential");
  return openUpstream(lookup, resource, credential);
}

async function fetchFrom(options: ServeOptions, asked: Asked): Promise<void> {
  const { git, clock } = options;
  const path = asked.route.kind === "upload" ? "git-upload-pack" : "info/refs?service=git-upload-pack";
  const upstream = await upstreamOf(options, asked);
  return passThrough({ upstream, path, limits: git.limits, clock }, asked.request, asked.response);
}

async function sync(options: ServeOptions, asked: Asked, mirror: Mirror, gone: AbortSignal): Promise<void> {
  const upstream = await upstreamOf(options, asked);
  await options.mirrors.sync(mirror, upstream, AbortSignal.any([gone, options.stopping]));
}

function receivePush(options: ServeOptions, asked: Asked, mirror: Mirror): Promise<void> {
  const { git, mirrors, holds, log } = options;
  const { caller, resource, request, response } = asked;
  const context = { git, mirror, holds, caller, resource, log };
  return receive(
    {
      git,
      mirror,
      hooks: mirrors.hooks,
      log,
      converse: (talk, client) => holdPush(context, talk, client),
    },
    request,
    response,
  );
}

/** What is approved is on its way: the next push starts from it, so it waits for it a moment. */
async function earlierReleases(options: ServeOptions, asked: Asked, gone: AbortSignal): Promise<void> {
  const { holds, clock, git } = options;
  const { caller, resource } = asked;
  const going = await holds.list(caller.organization, {
    states: ["approved", "releasing"],
    workstation: caller.workstation,
    kind: "git.push",
  });
  const until = clock.now() + git.limits.releaseWaitMs;
  for (const hold of going) {
    const left = until - clock.now();
    if (hold.resource !== resource.id || left <= 0) continue;
    await holds.waitUntilSettled(caller.organization, hold.id, left, gone);
  }
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}
