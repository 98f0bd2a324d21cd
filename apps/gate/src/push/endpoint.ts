/** Where a browser wants its messages delivered. It comes from a page, so it may name anything: only https on the public internet passes. */
import { isIP } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import { isPublicAddress } from "../net/addresses.ts";
import { readHostName } from "../net/host-name.ts";

export interface Endpoint {
  host: string;
  port: number;
  path: string;
  /** The operator's settings name this host, so it may be on a private network. */
  named: boolean;
}

/** Throws Problem push.endpoint-refused. That a name leads to a public address is checked again at each delivery, on the address that is dialled. */
export function readEndpoint(text: string, allowedHosts: ReadonlySet<string>): Endpoint {
  if (!URL.canParse(text)) throw refused("its address cannot be read");
  const url = new URL(text);
  if (url.protocol !== "https:") throw refused("its push service is not reached over https");
  if (url.username !== "" || url.password !== "") throw refused("its address carries a password");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const named = allowedHosts.has(host);
  if (!named && !isOnTheInternet(host)) throw refused("its push service is not on the public internet");
  return { host, port: url.port === "" ? 443 : Number(url.port), path: url.pathname + url.search, named };
}

function isOnTheInternet(host: string): boolean {
  if (isIP(host) !== 0) return isPublicAddress(host);
  try {
    readHostName(host);
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
  return !/(^|\.)(localhost|local|internal|home\.arpa)$/.test(host);
}

function refused(why: string): Problem {
  return new Problem("push.endpoint-refused", { why });
}
