/**
 * Which requests to the outside pass: reads (GET and HEAD without a body) of hosts that the policy names. Pure, and before any name is
 * looked up: what is refused here causes no packet at all (invariant 8, H6).
 */
import type { HttpResource, PolicyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";

export interface OutsideRequest {
  method: string;
  host: string;
  port: number;
  /** Path and query, as they would be sent. */
  path: string;
  hasBody: boolean;
  /** What the Upgrade header asks for, or null. */
  upgrade: string | null;
}

const READ_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const HTTP_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** The resource whose host is read, or a Problem (returned, not thrown) that says why not. */
export function judge(
  policy: PolicyDocument,
  workstation: string,
  request: OutsideRequest,
): HttpResource | Problem {
  const { host, port, method } = request;
  const resource = resourceOf(policy, workstation, host);
  if (!resource) return new Problem("egress.host-unknown", { host });
  if (!HTTP_PORTS.has(port)) return new Problem("egress.port-refused", { host, port });
  // A client that offers HTTP/2 in passing (RFC 9113 section 3.1) is answered in HTTP/1.1, as it expects; anything else wants a tunnel.
  if (request.upgrade !== null && request.upgrade.toLowerCase() !== "h2c") {
    return new Problem("egress.upgrade-refused", { host, protocol: request.upgrade.slice(0, 40) });
  }
  if (!READ_METHODS.has(method)) return new Problem("egress.method-refused", { method, host });
  if (request.hasBody) return new Problem("egress.method-refused", { method: `${method} with a body`, host });
  if (changesSomething(request.path))
    return new Problem("egress.method-refused", { method: `${method} that changes something`, host });
  return resource;
}

/** The http resource that names `host` for this workstation, exactly or by a `*.` in front. */
export function resourceOf(policy: PolicyDocument, workstation: string, host: string): HttpResource | null {
  for (const each of policy.resources) {
    if (each.kind !== "http") continue;
    if (each.workstations !== "*" && !each.workstations.includes(workstation)) continue;
    if (each.hosts.some((pattern) => matches(pattern, host))) return each;
  }
  return null;
}

function matches(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Frameworks let a GET say that it means another method; GraphQL servers take mutations in a query (H16). */
function changesSomething(path: string): boolean {
  const query = path.includes("?") ? path.slice(path.indexOf("?") + 1) : "";
  const parameters = [...new URLSearchParams(query)];
  return parameters.some(
    ([name, value]) =>
      name.toLowerCase() === "_method" || (name === "query" && /\b(?:mutation|subscription)\b/.test(value)),
  );
}
