/** agentd's own small HTTP server on a unix socket inside the workstation: status, packages, and verbs for the runner. Everybody inside may ask; nothing here leads outside the installation. */
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { type AgentdStatus, aptInstallRequest, localVerbCall } from "@nightgate/shared/agentd-local";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { AptInstaller } from "./apt.ts";
import type { VerbCalls } from "./verb-calls.ts";

export interface LocalServerOptions {
  socketPath: string;
  status: () => Promise<AgentdStatus>;
  apt: AptInstaller;
  verbs: Pick<VerbCalls, "ask">;
}

/** Listens; resolves with how to stop. */
export async function startLocalServer(options: LocalServerOptions): Promise<{ stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => fail(response, error));
  });
  server.maxConnections = LIMITS.localConnectionsMax;
  await mkdir(dirname(options.socketPath), { recursive: true });
  await rm(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(options.socketPath, resolve),
  );
  await chmod(options.socketPath, 0o666);
  return {
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  { status, apt, verbs }: LocalServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /status":
      return sendJson(response, 200, "application/json", await status());
    case "POST /verbs":
      return await answerVerb(verbs, request, response);
    case "POST /apt/install":
      return await answerApt(apt, request, response);
    default:
      throw new Problem("not-found", { what: "such request" });
  }
}

async function answerVerb(
  verbs: LocalServerOptions["verbs"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parsed = localVerbCall.safeParse(await readJson(request));
  if (!parsed.success) throw new Problem("input.invalid", { why: "it must be {id, run, verb, args}" });
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const outcome = await verbs.ask(parsed.data, gone.signal);
  if (outcome.ok) return sendJson(response, 200, "application/json", outcome.result);
  return sendJson(response, outcome.problem.status, "application/problem+json", outcome.problem);
}

async function answerApt(
  apt: AptInstaller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parsed = aptInstallRequest.safeParse(await readJson(request));
  if (!parsed.success) throw new Problem("input.invalid", { why: "it must name 1 to 50 packages" });
  response.setHeader("content-type", "text/plain; charset=utf-8");
  try {
    await apt.install(parsed.data.packages, (text) => response.write(text));
    response.end("\nexit 0\n");
  } catch (error) {
    if (!response.headersSent) throw error;
    response.end(`\nexit 1 ${error instanceof Problem ? error.message : "agentd failed"}\n`);
  }
}

function sendJson(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) {
    text += (chunk as Buffer).toString("utf8");
    if (text.length > LIMITS.localRequestCharactersMax)
      throw new Problem("too-large", {
        what: "The request",
        limit: `${LIMITS.localRequestCharactersMax} characters`,
      });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function fail(response: ServerResponse, error: unknown): void {
  const problem = error instanceof Problem ? error : new Problem("internal", { trace: "agentd's log" });
  if (response.headersSent) return void response.destroy();
  sendJson(response, problem.http, "application/problem+json", problemDetails(problem));
}
