/** The world of a git test: a real upstream, the surface on a port, and a real git client in a folder of its own. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import type { GitResource } from "@nightgate/shared/policy";
import type { Caller, Hold, Outcome } from "../../../core/ports.ts";
import { createCheckedLookup } from "../../../net/checked-lookup.ts";
import type { GitLimits } from "../limits.ts";
import { createGitSurface, type GitSurface } from "../surface.ts";
import { type ClientResult, startClient } from "./client.ts";
import { type MemoryHolds, memoryHolds } from "./memory-holds.ts";
import { copyTemplate, setOrigin } from "./template.ts";
import { startUpstream, type TestUpstream } from "./upstream.ts";

export interface Scene {
  root: string;
  upstream: TestUpstream;
  holds: MemoryHolds;
  surface: GitSurface;
  caller: Caller;
  resource: GitResource;
  /** Other repositories of the workstation, at the same host. */
  others: GitResource[];
  /** Whether the policy has lost `resource`. */
  removed: boolean;
  gateUrl: string;
  /** The folder of the surface. */
  folder: string;
  logged: string[];
  /** What names resolve to; only these do. */
  names: Record<string, string[]>;
  /** Dispatch markers, in the order in which they were journalled. */
  markers: Record<string, unknown>[];
  /** The clone in the workstation. */
  work: string;
  credential: string | null;
  git(...args: string[]): Promise<ClientResult>;
  /** As `git`, but anything except exit code 0 fails the test. */
  must(...args: string[]): Promise<string>;
  start(...args: string[]): { child: ChildProcess; ended: Promise<ClientResult> };
  write(path: string, content: string | Buffer): void;
  /** Writes a file, commits it, and answers the commit's id. */
  commit(path: string, content: string | Buffer, message?: string): Promise<string>;
  onlyHold(): Hold;
  /** What core does after an approval: releases and notes the outcome. */
  approve(hold: Hold): Promise<Outcome>;
  /** As after a restart of the gate: a new surface on the same folder. */
  restartSurface(limits?: Partial<GitLimits>): Promise<void>;
  stop(): Promise<void>;
}

/** Builds it: the upstream has one commit on main with README.md, src/shop.ts and a tag v1; the workstation has cloned it. */
export async function openScene(
  options: { limits?: Partial<GitLimits>; resource?: Partial<GitResource> } = {},
): Promise<Scene> {
  const root = mkdtempSync(join(tmpdir(), "nightgate-git-"));
  const work = join(root, "work");
  const upstream = await startUpstream(root, (dir) => copyTemplate(dir, work));
  const holds = memoryHolds();
  const caller: Caller = {
    organization: newId("organization"),
    workstation: newId("workstation"),
    workstationName: "atlas",
    run: null,
  };
  const resource: GitResource = {
    kind: "git",
    id: newId("resource"),
    name: "acme/shop",
    url: upstream.url,
    workstations: "*",
    push: "hold",
    whenHeld: "accept",
    rehearsal: false,
    ...options.resource,
  };
  const logged: string[] = [];
  const note = (details: object, message: string): void =>
    void logged.push(
      `${message} ${JSON.stringify(details, (_key, value: unknown) => (value instanceof Error ? `${value.stack ?? ""} ${String(value.cause)}` : value))}`,
    );
  const folder = join(root, "gate");
  const makeSurface = (limits: Partial<GitLimits> = {}): Promise<GitSurface> =>
    createGitSurface({
      holds,
      policies: {
        current: async (organization) => ({
          organization,
          version: 1,
          quorum: 1,
          approvers: [],
          resources: scene.removed ? scene.others : [resource, ...scene.others],
        }),
        resourceFor: async (_organization, _workstation, id) =>
          [resource, ...scene.others].find((each) => each.id === id) ?? null,
      },
      vault: { open: async () => scene.credential },
      lookup: createCheckedLookup(async (host) => scene.names[host] ?? []),
      folder,
      clock: systemClock,
      log: { info: note, warn: note, error: note },
      limits: { settleGraceMs: 100, ...options.limits, ...limits },
    });
  const server = createServer(
    { requestTimeout: 0 },
    (request, response) => void scene.surface.handle(request, response, caller),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gateUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git/${resource.id}`;
  const home = join(root, "home");
  mkdirSync(home);
  const clientEnded = async (cwd: string, args: readonly string[]): Promise<string> => {
    const result = await startClient(cwd, home, args).ended;
    if (result.code !== 0)
      throw new Error(`git ${args.join(" ")}: ${String(result.code)}\n${result.text}\n${logged.join("\n")}`);
    return result.text;
  };
  const scene: Scene = {
    root,
    upstream,
    holds,
    surface: await makeSurface(),
    caller,
    resource,
    others: [],
    removed: false,
    gateUrl,
    folder,
    logged,
    names: {},
    markers: [],
    work,
    credential: upstream.credential,
    git: (...args) => startClient(work, home, args).ended,
    must: (...args) => clientEnded(work, args),
    start: (...args) => startClient(work, home, args),
    write: (path, content) => {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), content);
    },
    commit: async (path, content, message = `Change ${path}`) => {
      scene.write(path, content);
      await scene.must("add", "-A", "--", path);
      await scene.must("commit", "--quiet", "--cleanup=verbatim", "-m", message);
      return (await scene.must("rev-parse", "HEAD")).trim();
    },
    onlyHold: () => {
      const pending = holds.all.filter((hold) => hold.state === "pending");
      if (pending.length !== 1 || pending[0] === undefined)
        throw new Error(`${pending.length} pending holds\n${logged.join("\n")}`);
      return pending[0];
    },
    approve: async (hold) => {
      holds.move(hold.id, { state: "releasing" });
      if (hold.action.kind !== "git.push") throw new Error("not a push");
      const outcome = await scene.surface.handler.release(hold.action, {
        hold,
        resource,
        credential: scene.credential,
        dispatching: async (marker) => void scene.markers.push(marker),
        signal: new AbortController().signal,
      });
      holds.move(hold.id, { state: outcome.state, outcome });
      return outcome;
    },
    restartSurface: async (limits) => {
      await scene.surface.stop();
      scene.surface = await makeSurface(limits);
    },
    stop: async () => {
      await scene.surface.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await upstream.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  setOrigin(work, gateUrl);
  return scene;
}
