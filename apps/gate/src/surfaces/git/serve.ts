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
import { lfsStore } from "./lfs/lfs-store.ts";
import { type LfsUpstream, lfsUpstream } from "./lfs/lfs-upstream.ts";
import { answerBatch, sendObject, takeObject } from "./lfs/serve-lfs.ts";
import type { GitLog } from "./log.ts";
import type { Mirror, Mirrors } from "./mirror/mirrors.ts";
import { advertise, receive } from "./receive-pack.ts";
import type { GitRoute } from "./route.ts";
import { passThrough } from "./upload-pack.ts";
import type { Upstream } from "./upstream/address.ts";
import { openUpstream } from "./upstream/open-upstream.ts";

export interface ServeOptions {
  /** Told of each push that is refused. */
  denied(caller: Caller, repository: string, problem: Problem): void;
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
    const mirror = await options.mirrors.of(caller.organization, resource.id);
    const gone = goneSignal(asked.response);
    if (route.kind === "lfs-batch" || route.kind === "lfs-object")
      return serveLfs(options, asked, route, mirror, gone);
    if (resource.push === "deny") {
      const problem = new Problem("git.push-denied", { name: resource.name });
      options.denied(caller, resource.name, problem);
      throw problem;
    }
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
      await mirror.receiving.receive(() => receivePush(options, asked, mirror));
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

async function lfsOf(options: ServeOptions, asked: Asked, signal: AbortSignal): Promise<LfsUpstream> {
  const { lookup, git, clock } = options;
  return lfsUpstream({
    upstream: await upstreamOf(options, asked),
    lookup,
    limits: git.limits,
    clock,
    signal: AbortSignal.any([signal, options.stopping]),
  });
}

async function serveLfs(
  options: ServeOptions,
  asked: Asked,
  route: Extract<GitRoute, { kind: "lfs-batch" | "lfs-object" }>,
  mirror: Mirror,
  gone: AbortSignal,
): Promise<void> {
  const { request, response, resource } = asked;
  const { limits } = options.git;
  const serving = {
    limits,
    store: lfsStore(mirror.dir, limits),
    upstream: () => lfsOf(options, asked, gone),
    request,
    response,
  };
  if (route.kind === "lfs-batch") return answerBatch(serving, `/git/${resource.id}/info/lfs`);
  if (route.method === "GET") return sendObject(serving, route);
  if (resource.push === "deny") throw new Problem("git.push-denied", { name: resource.name });
  return takeObject(serving, route);
}

async function sync(options: ServeOptions, asked: Asked, mirror: Mirror, gone: AbortSignal): Promise<void> {
  const upstream = await upstreamOf(options, asked);
  await options.mirrors.sync(mirror, upstream, AbortSignal.any([gone, options.stopping]));
}

function receivePush(options: ServeOptions, asked: Asked, mirror: Mirror): Promise<void> {
  const { git, mirrors, holds, log } = options;
  const { caller, resource, request, response } = asked;
  const context = {
    denied: options.denied,
    git,
    mirror,
    holds,
    caller,
    resource,
    log,
    lfs: lfsStore(mirror.dir, git.limits),
    lfsUpstream: () => lfsOf(options, asked, goneSignal(response)),
  };
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
