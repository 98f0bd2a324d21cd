/**
 * Model APIs for agents: /model/<resource>/... on gate.sock. The agent's own credential is dropped, the organization's key goes in, the
 * answer streams through as it comes, and what it cost is kept. The key is in no answer, log or error (invariant 2).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import type { ModelResource } from "@nightgate/shared/policy";
import { Problem, type ProblemCode } from "@nightgate/shared/problems";
import type { Caller, Policies, Vault, WorkstationHandler } from "../../core/ports.ts";
import { createAtOnce } from "../../net/at-once.ts";
import { boundedBody } from "../../net/bounded-body.ts";
import { answerHeaders, headerOf, type HeaderPairs, pickHeaders } from "../../net/headers.ts";
import { NET_LIMITS } from "../../net/limits.ts";
import type { Log } from "../../net/log.ts";
import { relayAnswer } from "../../net/relay-answer.ts";
import { asProblem, dropBody } from "../../net/send-problem.ts";
import type { UpstreamAnswer, Upstreams } from "../../net/upstreams.ts";
import { APIS } from "./apis.ts";
import { checkBudget } from "./check-budget.ts";
import { createLastCalls, type LastCalls } from "./last-calls.ts";
import { MODEL_LIMITS } from "./limits.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { ModelCallRecord, ModelCalls } from "./model-calls.ts";
import { type ModelCall, readModelCall, splitModelPath } from "./read-call.ts";
import { refuseModelCall, retryHeader } from "./refuse.ts";
import { resetAtMs } from "./reset-at.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import type { RunTerms, RunTermsReader } from "./run-terms.ts";
import { createScrubber, scrubText } from "./scrub.ts";
import { NO_USAGE } from "./usage.ts";

export interface ModelSurfaceOptions {
  policies: Pick<Policies, "resourceFor">;
  vault: Pick<Vault, "open">;
  upstreams: Pick<Upstreams, "send">;
  calls: ModelCalls;
  terms: RunTermsReader;
  log: Log;
  clock?: Clock;
}

/** Of an upstream's answer these stay here: state of its own, whose account it is, and what the gate says itself. */
const DROPPED_HEADERS: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  "content-length",
  "alt-svc",
  "x-should-retry",
  "anthropic-organization-id",
  "openai-organization",
  "openai-project",
]);

/** Answers everything below /model/ on a workstation's gate.sock. */
export function createModelSurface(options: ModelSurfaceOptions): { handle: WorkstationHandler } {
  const atOnce = createAtOnce("model calls", MODEL_LIMITS.callsPerWorkstationMax);
  const clock = options.clock ?? systemClock;
  const lastCalls = createLastCalls(() => clock.now());
  return {
    handle: async (request, response, caller) => {
      const asked = REFUSED_PATH.exec(request.url ?? "")?.[1];
      if (asked !== undefined && request.method === "GET")
        return sayRefused(response, lastCalls.refused(caller.workstation, asked));
      const { resource, rest } = await modelOf(options, request, caller);
      let ask: Ask = { request, response, caller, resource };
      lastCalls.began(caller.workstation, caller.run);
      let status: number | null = null;
      try {
        const terms = await options.terms.of(caller);
        ask = { ...ask, resource: await onItsTerms(options, ask, terms) };
        const call = readModelCall(ask.resource, request.method ?? "", rest);
        checkBudget(call, terms);
        const leave = atOnce.enter(caller.workstation);
        try {
          status = await passOn(options, ask, call);
        } finally {
          leave();
        }
      } catch (error) {
        const problem = asProblem(error, options.log);
        await recordProblem(options, ask, problem);
        if (STOPS_A_RUN.has(problem.code)) status = problem.http;
        refuseModelCall(response, ask.resource.api, problem);
        dropBody(request);
      } finally {
        lastCalls.ended(caller.workstation, caller.run, status);
      }
    },
  };
}

/** The model that a path names, among those that are open to the caller. */
async function modelOf(
  { policies }: ModelSurfaceOptions,
  request: IncomingMessage,
  { organization, workstation }: Caller,
): Promise<{ resource: ModelResource; rest: string }> {
  const split = splitModelPath(request.url ?? "");
  const resource = split && (await policies.resourceFor(organization, workstation, split.resource));
  if (!split || resource?.kind !== "model") throw new Problem("not-found", { what: "such model" });
  return { resource, rest: split.rest };
}

/** Its second model, where the run goes on with one that speaks the same API and is open to its workstation by the policy; else what it asked for. */
async function onItsTerms(
  { policies }: ModelSurfaceOptions,
  { caller: { organization, workstation }, resource }: Ask,
  { secondModel }: RunTerms,
): Promise<ModelResource> {
  if (secondModel === null) return resource;
  const second = await policies.resourceFor(organization, workstation, secondModel);
  return second?.kind === "model" && second.api === resource.api ? second : resource;
}

/** agentd asks here whether a run of its own stands before a refusal. */
const REFUSED_PATH = /^\/model\/refused\/(run_[0-9a-z]+)$/;

function sayRefused(response: ServerResponse, refused: ReturnType<LastCalls["refused"]>): void {
  response
    .writeHead(200, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(refused));
}

interface Ask {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  resource: ModelResource;
}

/** Resolves with the provider's status once all is delivered. */
async function passOn(options: ModelSurfaceOptions, ask: Ask, call: ModelCall): Promise<number> {
  const key = await openKey(options.vault, ask);
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  ask.response.once("close", onClose);
  try {
    const answer = await send(options, ask, call, key, gone.signal);
    await deliver(options, ask, answer, key);
    return answer.status;
  } finally {
    ask.response.off("close", onClose);
    // Whatever is still under way upstream has no reader any more, and an upstream that answered early left bytes of the request unread.
    gone.abort();
    if (!ask.request.complete) dropBody(ask.request);
  }
}

async function openKey(vault: Pick<Vault, "open">, { caller, resource }: Ask): Promise<string> {
  const key = (await vault.open(caller.organization, resource.id, "model.key"))?.trim();
  if (key === undefined || key === "") throw new Problem("model.key-missing", {});
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Problem("model.key-unusable", {});
  return key;
}

async function send(
  options: ModelSurfaceOptions,
  { request, caller, resource }: Ask,
  call: ModelCall,
  key: string,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const api = APIS[resource.api];
  const body = boundedBody(request, MODEL_LIMITS.requestBytesMax);
  if (call.method === "GET" && body) throw new Problem("request.ambiguous", { why: "a GET has a body" });
  const headers: HeaderPairs = [
    ...pickHeaders(request.rawHeaders, api.headers, api.headerPrefixes),
    // Plain bytes, so that usage can be read and an echoed key be found.
    ["accept-encoding", "identity"],
    ...api.credential(key),
  ];
  if (body?.length != null) headers.push(["content-length", String(body.length)]);
  return await options.upstreams.send({
    workstation: caller.workstation,
    protocol: call.protocol,
    host: call.host,
    port: call.port,
    named: true,
    method: call.method,
    path: call.path,
    headers,
    body: body?.stream ?? null,
    headersMsMax: NET_LIMITS.modelHeadersMsMax,
    idleMsMax: NET_LIMITS.modelIdleMsMax,
    signal,
  });
}

async function deliver(
  options: ModelSurfaceOptions,
  ask: Ask,
  answer: UpstreamAnswer,
  key: string,
): Promise<void> {
  const encoding = headerOf(answer.headers, "content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new Problem("upstream.unreachable", {
      host: ask.resource.name,
      why: "its answer is compressed, which the gate did not ask for",
    });
  }
  const scrubs = key.length >= MODEL_LIMITS.scrubbedKeyCharactersMin;
  const headers = answerHeaders(answer.headers, DROPPED_HEADERS).map(([name, value]): [string, string] => [
    name,
    scrubs ? scrubText(value, key) : value,
  ]);
  const meter = createMeter(ask.resource.api, headerOf(answer.headers, "content-type") ?? "");
  const failed = answer.status >= 400;
  // A run that is to stop because of this must find the reason before its agent does.
  if (failed) await record(options, ask, answer, meter);
  try {
    await relayAnswer(answer, ask.response, {
      host: ask.resource.name,
      headers: [...headers, ...retryHeader(answer.status)],
      ...(scrubs ? { transform: createScrubber(key) } : {}),
      observe: (chunk) => meter.observe(chunk),
    });
  } finally {
    if (!failed && ask.request.method === "POST") await record(options, ask, answer, meter);
  }
}

async function record(
  options: ModelSurfaceOptions,
  ask: Ask,
  answer: UpstreamAnswer,
  meter: Meter,
): Promise<void> {
  const now = (options.clock ?? systemClock).now();
  await keep(options, {
    ...identity(ask),
    ...meter.read(),
    status: answer.status,
    retryAfterSeconds: retryAfterSeconds(headerOf(answer.headers, "retry-after"), now),
    resetAtMs: resetAtMs(answer.status, answer.headers, now),
    overBudget: false,
  });
}

/** What a person has to put right. A call that the gate does not pass on, or that comes too early, is the agent's own to put right. */
const STOPS_A_RUN: ReadonlySet<string> = new Set<ProblemCode>([
  "model.key-missing",
  "model.key-unusable",
  "model.over-budget",
  "upstream.address-refused",
  "upstream.certificate",
  "upstream.unreachable",
]);

async function recordProblem(options: ModelSurfaceOptions, ask: Ask, problem: Problem): Promise<void> {
  if (ask.response.headersSent || ask.response.destroyed || !STOPS_A_RUN.has(problem.code)) return;
  await keep(options, {
    ...identity(ask),
    ...NO_USAGE,
    status: problem.http,
    retryAfterSeconds: null,
    resetAtMs: null,
    overBudget: problem.code === "model.over-budget",
  });
}

function identity({
  caller,
  resource,
}: Ask): Pick<ModelCallRecord, "organization" | "workstation" | "run" | "resource"> {
  return {
    organization: caller.organization,
    workstation: caller.workstation,
    run: caller.run,
    resource: resource.id,
  };
}

/** The answer matters more than its record: a database that is away must not cut a run's stream. */
async function keep({ calls, log }: ModelSurfaceOptions, call: ModelCallRecord): Promise<void> {
  try {
    await calls.record({ ...call, model: call.model.slice(0, MODEL_LIMITS.modelCharactersMax) });
  } catch (error) {
    log.error(
      { workstation: call.workstation, status: call.status, error: String(error) },
      "a model call was not recorded",
    );
  }
}
