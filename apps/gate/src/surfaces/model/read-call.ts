/** Which upstream call a request on /model/<resource>/<path> is, or a clear no. */
import type { ModelResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { APIS, QUERY_KEYS } from "./apis.ts";

export interface ModelCall {
  method: "GET" | "POST";
  protocol: "http:" | "https:";
  host: string;
  port: number;
  /** Path and query as they are sent. */
  path: string;
}

/** The resource's id and the rest of the path, or null if the path is not of that form. */
export function splitModelPath(path: string): { resource: string; rest: string } | null {
  const match = /^\/model\/(res_[0-9a-z]+)(\/[^#\\]*)$/.exec(path);
  return match ? { resource: match[1] ?? "", rest: match[2] ?? "" } : null;
}

/** `rest` is what follows the resource. Throws Problem model.call-refused for all that is not a known call of the resource's API. */
export function readModelCall(resource: ModelResource, method: string, rest: string): ModelCall {
  const api = APIS[resource.api];
  const [said, query] = splitOnce(rest, "?");
  // SDKs are given base URLs with and without the version; both lead to the same call.
  const path = said.startsWith("/v1/") ? said : `/v1${said}`;
  const known = api.calls.find((call) => call.method === method && call.path.test(path));
  if (!known || path.includes("/../") || !queryIsKnown(query)) {
    throw new Problem("model.call-refused", { method, path: said.slice(0, 200) });
  }
  const base = new URL(resource.url);
  const protocol = base.protocol === "http:" ? "http:" : "https:";
  return {
    method: known.method,
    protocol,
    host: base.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: base.port === "" ? (protocol === "http:" ? 80 : 443) : Number(base.port),
    path: joinBase(base.pathname, path) + (query === "" ? "" : `?${query}`),
  };
}

/** A base URL may end in the version (/v1, /openai/v1) or not. */
function joinBase(basePath: string, path: string): string {
  const prefix = basePath.replace(/\/+$/, "");
  return prefix.endsWith("/v1") ? prefix + path.slice("/v1".length) : prefix + path;
}

function queryIsKnown(query: string): boolean {
  if (query === "") return true;
  return [...new URLSearchParams(query).keys()].every((key) => QUERY_KEYS.has(key));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
