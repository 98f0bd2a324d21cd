/** agentd's own small HTTP server on a unix socket inside the workstation: status, and packages. Everybody inside may ask; nothing here leads outside. */
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { type AgentdStatus, aptInstallRequest } from "@nightgate/shared/agentd-local";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { AptInstaller } from "./apt.ts";

export interface LocalServerOptions {
  socketPath: string;
  status: () => Promise<AgentdStatus>;
  apt: AptInstaller;
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
  { status, apt }: LocalServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === "GET" && request.url === "/status") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(await status()));
    return;
  }
  if (request.method !== "POST" || request.url !== "/apt/install")
    throw new Problem("not-found", { what: "such request" });
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
  response
    .writeHead(problem.http, { "content-type": "application/problem+json" })
    .end(JSON.stringify(problemDetails(problem)));
}
