/** A gate for tests: answers on gate.sock what agentd asks, a scripted model, a git repository over smart HTTP, and one allowed host behind CONNECT. It decides nothing. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import type { WorkstationEnvironment } from "@nightgate/shared/workstation-environment";
import type { ScriptedModel } from "./scripted-model.ts";

export interface StubGateOptions {
  socketPath: string;
  caPem: string;
  environment: WorkstationEnvironment;
  model: ScriptedModel;
  /** The folder that `git http-backend` serves, by resource id. */
  repositories?: string;
  /** Files of http://deb.example.com, by path. */
  files?: Readonly<Record<string, Buffer>>;
  /** `name:port` to a port on 127.0.0.1; everything else is refused. */
  hosts?: Record<string, number>;
}

export interface StubGate {
  /** Requests that came in, as `METHOD path` with their run hint. */
  seen: { line: string; run: string | null }[];
  environment: WorkstationEnvironment;
  stop(): Promise<void>;
}

/** Listens on the socket, readable for whoever has it mounted. */
export async function startStubGate(options: StubGateOptions): Promise<StubGate> {
  const seen: StubGate["seen"] = [];
  const state = { environment: options.environment };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, run: header(request, "nightgate-run") });
    void answer(options, state.environment, request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    seen.push({ line: `CONNECT ${request.url}`, run: null });
    tunnel(options.hosts ?? {}, request.url ?? "", socket, head);
  });
  mkdirSync(dirname(options.socketPath), { recursive: true });
  chmodSync(dirname(options.socketPath), 0o755);
  rmSync(options.socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen(options.socketPath, resolve));
  chmodSync(options.socketPath, 0o666);
  return {
    seen,
    get environment() {
      return state.environment;
    },
    set environment(next) {
      state.environment = next;
    },
    stop: async () => await close(server, sockets),
  };
}

async function close(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}

async function answer(
  options: StubGateOptions,
  environment: WorkstationEnvironment,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? "/";
  if (url === "/nightgate/ca.pem") return void response.end(options.caPem);
  if (url === "/nightgate/environment")
    return void response.setHeader("content-type", "application/json").end(JSON.stringify(environment));
  const model = /^\/model\/[^/]+(\/.*)$/.exec(url);
  if (model?.[1] !== undefined) {
    request.url = model[1];
    return await options.model.handle(request, response);
  }
  const git = /^\/git(\/.*)$/.exec(url);
  if (git?.[1] !== undefined && options.repositories !== undefined)
    return await serveGit(options.repositories, git[1], request, response);
  const file = url.startsWith("http://deb.example.com/") ? options.files?.[new URL(url).pathname] : undefined;
  if (file !== undefined) return void response.end(file);
  response.writeHead(403, { "content-type": "text/plain" }).end("The gate does not know this host.\n");
}

/** git's own CGI program (RFC 3875). */
async function serveGit(
  root: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const child = spawn("git", ["http-backend"], {
    env: cgiVariables(root, path, request),
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  const end = all.indexOf("\r\n\r\n");
  for (const line of all.toString("latin1", 0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/:\s*/, 2);
    if (name === "Status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(all.subarray(end + 4));
}

function cgiVariables(root: string, path: string, request: IncomingMessage): Record<string, string> {
  const [pathInfo = "", query = ""] = path.split("?");
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    REMOTE_USER: "agent",
    PATH_INFO: pathInfo,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: header(request, "content-type") ?? "",
    HTTP_CONTENT_ENCODING: header(request, "content-encoding") ?? "",
    HTTP_GIT_PROTOCOL: header(request, "git-protocol") ?? "",
  };
}

function tunnel(hosts: Record<string, number>, authority: string, socket: Socket, head: Buffer): void {
  const port = hosts[authority];
  if (port === undefined) {
    const words = `${authority} is not a host that the policy allows.\n`;
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${words.length}\r\n\r\n${words}`,
    );
    return;
  }
  const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    if (head.length > 0) far.write(head);
    far.pipe(socket).on("error", () => far.destroy());
    socket.pipe(far).on("error", () => socket.destroy());
  });
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" ? value : null;
}
