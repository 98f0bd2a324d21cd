/**
 * agentd's word on which run speaks: the `Nightgate-Run` header, or the user name of the proxy that the run was given (RFC 7617), for tools that
 * know no such header. A hint within a workstation, never an identity, and not for anybody outside.
 */
import type { IncomingMessage } from "node:http";
import { runId } from "@nightgate/shared/ids";

const HEADERS = ["nightgate-run", "proxy-authorization"] as const;

/** Reads the hint and strips it from the request, so that no handler can forward it. */
export function takeRunHint(request: IncomingMessage): string | null {
  const said = [request.headers["nightgate-run"], proxyUser(request.headers["proxy-authorization"])];
  for (const header of HEADERS) delete request.headers[header];
  const raw = request.rawHeaders;
  for (let at = raw.length - 2; at >= 0; at -= 2)
    if ((HEADERS as readonly (string | undefined)[]).includes(raw[at]?.toLowerCase())) raw.splice(at, 2);
  for (const each of said) {
    const parsed = runId.safeParse(each);
    if (parsed.success) return parsed.data;
  }
  return null;
}

function proxyUser(authorization: string | undefined): string | null {
  const packed = /^Basic ([A-Za-z0-9+/=]{1,200})$/i.exec(authorization ?? "")?.[1];
  return packed === undefined
    ? null
    : (Buffer.from(packed, "base64").toString("latin1").split(":")[0] ?? null);
}
