/** What a workstation may ask its gate about itself: /nightgate/ca.pem, /nightgate/environment and /nightgate/holds. No answer has a secret in it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { holdId } from "@nightgate/shared/ids";
import type { PolicyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import {
  GATE_HOST_INSIDE,
  type HoldInside,
  type WorkstationEnvironment,
} from "@nightgate/shared/workstation-environment";
import type { Caller, Hold, Holds, Policies, WorkstationHandler } from "../../core/ports.ts";
import { type AtOnce, createAtOnce } from "../../net/at-once.ts";
import type { WorkstationAuthorities } from "../../net/workstation-authorities.ts";
import { gitAliases } from "./git-aliases.ts";
import { AGENT_LIMITS } from "./limits.ts";

export interface AgentSurfaceOptions {
  policies: Pick<Policies, "current">;
  holds: Pick<Holds, "get" | "list" | "waitUntilSettled">;
  authorities: Pick<WorkstationAuthorities, "certificate">;
}

/** Answers everything below /nightgate/ on a workstation's gate.sock. */
export function createAgentSurface(options: AgentSurfaceOptions): { handle: WorkstationHandler } {
  const waiters = createAtOnce("waits for holds", AGENT_LIMITS.waitsPerWorkstationMax);
  return {
    handle: async (request, response, caller) => {
      if (request.method !== "GET" && request.method !== "HEAD") {
        throw new Problem("method.refused", { method: request.method ?? "" });
      }
      const url = new URL(request.url ?? "/", `http://${GATE_HOST_INSIDE}`);
      const hold = /^\/nightgate\/holds\/([^/]+)$/.exec(url.pathname)?.[1];
      if (hold !== undefined) {
        const waitMs = waitMsOf(url.searchParams.get("waitSeconds"));
        sendJson(response, await oneHold(options, waiters, caller, hold, waitMs, request, response));
        return;
      }
      switch (url.pathname) {
        case "/nightgate/ca.pem":
          send(response, "application/x-pem-file", await options.authorities.certificate(caller.workstation));
          return;
        case "/nightgate/environment":
          sendJson(
            response,
            environmentOf(await options.policies.current(caller.organization), caller.workstation),
          );
          return;
        case "/nightgate/holds":
          sendJson(response, await listHolds(options, caller));
          return;
        default:
          throw new Problem("not-found", { what: "such path" });
      }
    },
  };
}

/** The repositories and models that the policy binds to this workstation. */
export function environmentOf(policy: PolicyDocument, workstation: string): WorkstationEnvironment {
  const bound = policy.resources.filter(
    (each) => each.workstations === "*" || each.workstations.includes(workstation),
  );
  return {
    workstation,
    repositories: bound.flatMap((each) =>
      each.kind === "git"
        ? [
            {
              resource: each.id,
              name: each.name,
              url: each.url,
              gateUrl: `http://${GATE_HOST_INSIDE}/git/${each.id}`,
              aliases: gitAliases(each.url),
            },
          ]
        : [],
    ),
    models: bound.flatMap((each) =>
      each.kind === "model"
        ? [
            {
              resource: each.id,
              name: each.name,
              api: each.api,
              gateUrl: `http://${GATE_HOST_INSIDE}/model/${each.id}`,
            },
          ]
        : [],
    ),
  };
}

async function listHolds({ holds }: AgentSurfaceOptions, caller: Caller): Promise<HoldInside[]> {
  const found = await holds.list(caller.organization, {
    workstation: caller.workstation,
    limit: AGENT_LIMITS.holdsListedMax,
  });
  return found.filter((hold) => hold.workstation === caller.workstation).map(inside);
}

async function oneHold(
  { holds }: AgentSurfaceOptions,
  waiters: AtOnce,
  caller: Caller,
  id: string,
  waitMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HoldInside> {
  if (!holdId.safeParse(id).success) throw new Problem("not-found", { what: "such hold" });
  const hold = await holds.get(caller.organization, id);
  // Another workstation's hold answers exactly as one that does not exist.
  if (hold.workstation !== caller.workstation) throw new Problem("not-found", { what: "such hold" });
  if (waitMs === 0 || request.method === "HEAD") return inside(hold);
  const leave = waiters.enter(caller.workstation);
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once("close", onClose);
  try {
    return inside(await holds.waitUntilSettled(caller.organization, id, waitMs, gone.signal));
  } finally {
    response.off("close", onClose);
    leave();
  }
}

function waitMsOf(text: string | null): number {
  if (text === null) return 0;
  const seconds = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= AGENT_LIMITS.waitSecondsMax)) {
    throw new Problem("input.invalid", {
      why: `waitSeconds must be between 0 and ${AGENT_LIMITS.waitSecondsMax}`,
    });
  }
  return seconds * 1000;
}

function inside(hold: Hold): HoldInside {
  return {
    id: hold.id,
    kind: hold.action.kind,
    state: hold.state,
    title: hold.card.title,
    run: hold.run,
    createdAt: hold.createdAt.toISOString(),
    words: hold.words === "" ? (hold.outcome?.words ?? "") : hold.words,
  };
}

function sendJson(response: ServerResponse, body: unknown): void {
  send(response, "application/json", `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
