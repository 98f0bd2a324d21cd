/** Says no in the model API's own error format, so that an agent shows the sentence instead of "unexpected response". */
import type { ServerResponse } from "node:http";
import type { ModelResource } from "@nightgate/shared/policy";
import type { Problem } from "@nightgate/shared/problems";
import { APIS } from "./apis.ts";

/** Clients repeat these without end unless they are told not to; a person has to do something first. */
const STOP_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 429, 529]);

/** The header by which the providers' own SDKs are told not to try again, or none. */
export function retryHeader(status: number): [string, string][] {
  return STOP_STATUSES.has(status) ? [["x-should-retry", "false"]] : [];
}

/** Sends the problem, or cuts the connection if an answer has begun already. */
export function refuseModelCall(response: ServerResponse, api: ModelResource["api"], problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(APIS[api].error(problem.http, problem.message));
  response.writeHead(problem.http, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(problem.retry === "never" ? Object.fromEntries(retryHeader(problem.http)) : {}),
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
