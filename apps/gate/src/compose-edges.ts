/** Makes what workstations talk to: the sockets, and the git, model and HTTP surfaces behind them. */
import { join } from "node:path";
import type { GateBase, GateCore } from "./compose-core.ts";
import { createDenials } from "./core/denials.ts";
import { createCheckedDial } from "./net/checked-dial.ts";
import { createCheckedLookup, lookupBySystem } from "./net/checked-lookup.ts";
import { createUpstreams } from "./net/upstreams.ts";
import { createWorkstationAuthorities } from "./net/workstation-authorities.ts";
import { createWorkstationListeners } from "./net/workstation-listeners.ts";
import type { ChangesHub } from "./store/changes-hub.ts";
import { createModelCallStore } from "./store/model-calls.ts";
import { createRunTermsReader } from "./store/run-terms.ts";
import { createTrafficStore } from "./store/traffic.ts";
import { followWorkstations } from "./store/workstations.ts";
import { createAgentSurface } from "./surfaces/agent/agent-surface.ts";
import { createGitSurface } from "./surfaces/git/surface.ts";
import { createEgress } from "./surfaces/http/egress.ts";
import { createForgeSurface } from "./surfaces/http/forge/forge-surface.ts";
import { openKeptAnswers } from "./surfaces/http/forge/kept-answers.ts";
import { requestHandler } from "./surfaces/http/forge/release-request.ts";
import { HTTP_LIMITS } from "./surfaces/http/limits.ts";
import { createTraffic } from "./surfaces/http/traffic.ts";
import { createModelSurface } from "./surfaces/model/model-surface.ts";

export type Edges = Awaited<ReturnType<typeof makeEdges>>;

/** The surfaces, not listening yet: the core needs their releases first. */
export async function makeEdges({ settings, tools, db, store, holds, policies, vault }: GateBase) {
  const { clock, log } = tools;
  const authorities = createWorkstationAuthorities({ folder: join(settings.folder, "ca"), clock });
  const lookup = createCheckedLookup(lookupBySystem);
  const upstreams = createUpstreams({ dial: createCheckedDial({ lookup }) });
  const denials = createDenials({ store, clock, log });
  const git = await createGitSurface({
    denials,
    holds,
    policies,
    vault,
    lookup,
    folder: join(settings.folder, "git"),
    clock,
    log,
  });
  const traffic = createTraffic({ store: createTrafficStore(db), log, clock });
  const answers = openKeptAnswers(join(settings.folder, "http/answers"), clock, HTTP_LIMITS.keptAnswerMs);
  const forge = createForgeSurface({ holds, vault, upstreams, answers });
  const egress = createEgress({ policies, authorities, upstreams, traffic, denials, forge, log });
  const model = createModelSurface({
    policies,
    vault,
    upstreams,
    calls: createModelCallStore(db),
    terms: createRunTermsReader(db),
    log,
    clock,
  });
  const agent = createAgentSurface({ policies, holds, authorities });
  const handlers = {
    nightgate: agent.handle,
    git: git.handle,
    model: model.handle,
    forward: egress.forward,
    connect: egress.connect,
  };
  const releases = [git.handler, requestHandler({ upstreams, answers })];
  return { authorities, upstreams, git, traffic, denials, egress, handlers, releases };
}

/** Opens a socket for each workstation that is wanted, and for those to come. Resolves when the known ones are open. */
export async function openSockets(core: GateCore, edges: Edges, changes: ChangesHub) {
  const listeners = createWorkstationListeners({
    folder: join(core.settings.folder, "sockets"),
    handlers: edges.handlers,
    log: core.tools.log,
  });
  const registry = followWorkstations({
    db: core.db,
    changes,
    log: core.tools.log,
    onWorkstation: async (workstation) => await listeners.open(workstation),
    onRemoved: async (workstation) => {
      await listeners.close(workstation);
      await edges.upstreams.close(workstation);
      edges.authorities.forget(workstation);
    },
  });
  await registry.ready;
  return {
    registry,
    stop: async () => {
      await registry.stop();
      await listeners.stop();
      edges.egress.stop();
      await edges.git.stop();
      await edges.upstreams.stop();
      await edges.traffic.stop();
      await edges.denials.stop();
    },
  };
}
