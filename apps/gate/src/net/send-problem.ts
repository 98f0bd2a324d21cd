/** Says no over HTTP in a way that people, agents and package managers can read: RFC 9457 problem details. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import { NET_LIMITS } from "./limits.ts";
import type { Log } from "./log.ts";

/** pip, apt and npm print the reason phrase and nothing else of an answer. */
const REASON = "Refused by nightgate";

/** The body of a refusal. `error` repeats the sentence because npm prints that member. */
export function problemBody(problem: Problem): string {
  return `${JSON.stringify({ ...problemDetails(problem), error: problem.message })}\n`;
}

/** Sends the problem, or cuts the connection if an answer has begun already. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = problemBody(problem);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  if (problem.http === 403) response.statusMessage = REASON;
  response.writeHead(problem.http, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Any error as a Problem: what is not one is logged under a trace and answered as `internal`, so that no inner text gets out. */
export function asProblem(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error as Problem;
  const trace = randomUUID();
  log.error(
    { trace, error: error instanceof Error ? error.stack : String(error) },
    "a request failed unexpectedly",
  );
  return new Problem("internal", { trace });
}

/** Lets a refused request's body run out, up to a limit, so that its client reads the answer instead of a reset. */
export function dropBody(request: IncomingMessage): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > NET_LIMITS.refusedBodyBytesMax) request.destroy();
  });
  request.on("error", () => request.destroy());
  // Something may have read a part of it and stopped.
  request.resume();
}
