/** The model surface for tests: one workstation on a real socket, one scripted provider over real HTTP. */
import type { IncomingMessage, RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import type { ModelResource, Resource } from "@nightgate/shared/policy";
import {
  memoryLog,
  modelResource,
  openWorkstation,
  policiesOf,
  startUpstream,
  type TestWorkstation,
  testUpstreams,
  type Upstream,
} from "../../../net/testing/world.ts";
import type { ModelCallRecord } from "../model-calls.ts";
import { createModelSurface } from "../model-surface.ts";
import type { RunTerms } from "../run-terms.ts";

/** A key that may turn up nowhere but at the provider. */
export const CANARY = "sk-ant-canary-8c1f3e77b0d24a6f";

export interface ModelWorld {
  upstream: Upstream;
  workstation: TestWorkstation;
  /** What the provider does once it has read a request. */
  listener: RequestListener;
  resource: ModelResource;
  resources: Resource[];
  key: string | null;
  calls: ModelCallRecord[];
  /** Of every run. */
  terms: RunTerms;
  received: { request: IncomingMessage; body: string }[];
  log: ReturnType<typeof memoryLog>;
  answerJson(status: number, body: unknown, headers?: Record<string, string>): void;
  post(path: string, headers?: Record<string, string>, body?: string): ReturnType<TestWorkstation["ask"]>;
  stop(): Promise<void>;
}

export async function startModelWorld(): Promise<ModelWorld> {
  const log = memoryLog();
  const received: ModelWorld["received"] = [];
  const upstream = await startUpstream((request, response) => {
    const entry = { request, body: "" };
    received.push(entry);
    text(request).then(
      (body) => {
        entry.body = body;
        world.listener(request, response);
      },
      () => response.destroy(),
    );
  });
  const { upstreams } = testUpstreams({});
  const resource = modelResource(upstream.url);
  const resources: Resource[] = [resource];
  const calls: ModelCallRecord[] = [];
  const surface = createModelSurface({
    policies: policiesOf(resources),
    vault: { open: async () => world.key },
    upstreams,
    calls: { record: async (call) => void calls.push(call) },
    terms: { of: async () => await Promise.resolve(world.terms) },
    log,
  });
  const workstation = await openWorkstation({ model: surface.handle }, log);
  const world: ModelWorld = {
    upstream,
    workstation,
    listener: (_request, response) => response.end(),
    resource,
    resources,
    key: CANARY,
    calls,
    terms: { budget: null, secondModel: null },
    received,
    log,
    answerJson: (status, body, headers = {}) => {
      world.listener = (_request, response) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      };
    },
    post: async (path, headers = {}, body = '{"model":"m"}') =>
      await workstation.ask(`/model/${resource.id}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      }),
    stop: async () => {
      await workstation.stop();
      await upstreams.stop();
      await upstream.stop();
    },
  };
  world.answerJson(200, {});
  return world;
}
