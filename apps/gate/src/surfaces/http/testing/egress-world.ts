/** The HTTP surface for tests: one workstation on a real socket, and a TLS upstream that claims to be what each test says. */
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resource } from "@nightgate/shared/policy";
import { makeTestAuthority, type TestAuthority } from "../../../net/testing/certificates.ts";
import {
  httpResource,
  memoryLog,
  openWorkstation,
  policiesOf,
  startUpstream,
  type TestWorkstation,
  testUpstreams,
  type Upstream,
  WORKSTATION,
} from "../../../net/testing/world.ts";
import { createWorkstationAuthorities } from "../../../net/workstation-authorities.ts";
import { createEgress } from "../egress.ts";
import type { TrafficCount } from "../traffic.ts";

export const REGISTRY = "registry.example.com";

export interface EgressWorld {
  workstation: TestWorkstation;
  /** The workstation's CA as PEM. */
  ca: string;
  folder: string;
  resources: Resource[];
  /** What names resolve to; the test's own table. */
  names: Record<string, string[]>;
  /** Names that were looked up, and addresses that were dialled. */
  lookups: string[];
  dialled: string[];
  received: IncomingMessage[];
  counted: Omit<TrafficCount, "minute" | "count">[];
  listener: RequestListener;
  log: ReturnType<typeof memoryLog>;
  upstreamAuthority: TestAuthority;
  /** Replaces what answers on port 443. */
  secure: Upstream;
  stop(): Promise<void>;
}

export async function startEgressWorld(): Promise<EgressWorld> {
  const folder = mkdtempSync(join(tmpdir(), "ng-egress-"));
  const log = memoryLog();
  const received: IncomingMessage[] = [];
  const serve: RequestListener = (request, response) => {
    received.push(request);
    request.resume();
    world.listener(request, response);
  };
  const upstreamAuthority = await makeTestAuthority();
  const plain = await startUpstream(serve);
  const secure = await startUpstream(serve, await upstreamAuthority.issue(REGISTRY));
  const names: Record<string, string[]> = { [REGISTRY]: ["203.0.113.7"] };
  const { upstreams, lookups, dialled } = testUpstreams({
    names,
    trust: [upstreamAuthority.pem],
    reroute: (_address, port) => ({ host: "127.0.0.1", port: port === 443 ? world.secure.port : plain.port }),
  });
  const resources: Resource[] = [httpResource([REGISTRY, "*.files.example.com"])];
  const counted: EgressWorld["counted"] = [];
  const authorities = createWorkstationAuthorities({ folder: join(folder, "ca") });
  const egress = createEgress({
    policies: policiesOf(resources),
    authorities,
    upstreams,
    traffic: { count: (event) => void counted.push(event) },
    denials: { note: () => undefined },
    forge: {
      answer: async () => {
        throw new Error("no repository's API in this test");
      },
    },
    log,
  });
  const workstation = await openWorkstation({ forward: egress.forward, connect: egress.connect }, log);
  const world: EgressWorld = {
    workstation,
    ca: await authorities.certificate(WORKSTATION),
    folder,
    resources,
    names,
    lookups,
    dialled,
    received,
    counted,
    listener: (_request, response) => response.end("read"),
    log,
    upstreamAuthority,
    secure,
    stop: async () => {
      await workstation.stop();
      egress.stop();
      await upstreams.stop();
      await Promise.all([plain.stop(), world.secure.stop(), secure.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}
