/** A stand-in for a git host on the internet: git's own http-backend behind basic authentication, as any host would run it. */
import { spawn } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

export interface GitHost {
  /** Holds the bare repositories. */
  root: string;
  /** "user:password", wanted for reading and writing. */
  credential: string;
}

const HEADER_BYTES_MAX = 64 * 1024;

function allowed(request: IncomingMessage, credential: string): boolean {
  const wanted = Buffer.from(`Basic ${Buffer.from(credential).toString("base64")}`);
  const given = Buffer.from(request.headers.authorization ?? "");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Serves `path` (below the mount) of the request by git-http-backend(1) over CGI (RFC 3875). */
export async function gitHost(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
  host: GitHost,
): Promise<void> {
  if (!allowed(request, host.credential)) {
    response
      .writeHead(401, { "www-authenticate": 'Basic realm="git"', "content-type": "text/plain" })
      .end("Sign in.\n");
    return;
  }
  const child = spawn("git", ["http-backend"], {
    env: cgiEnvironment(request, path, query, host),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const sent = pipeline(request, child.stdin).catch((error: unknown) => error); // A client that goes away ends the backend by itself.
  await answer(child.stdout, response);
  await sent;
}

function cgiEnvironment(
  request: IncomingMessage,
  path: string,
  query: string,
  host: GitHost,
): Record<string, string> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    GIT_PROJECT_ROOT: host.root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: "3",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
    GIT_CONFIG_KEY_1: "http.receivepack",
    GIT_CONFIG_VALUE_1: "true",
    // As large hosts do: a pack that arrives is kept as it is (GitLab's default since omnibus-gitlab!4086).
    GIT_CONFIG_KEY_2: "transfer.unpackLimit",
    GIT_CONFIG_VALUE_2: "1",
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    REMOTE_USER: host.credential.split(":")[0] ?? "git",
    REMOTE_ADDR: "127.0.0.1",
  };
}

async function answer(output: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  for await (const chunk of output as AsyncIterable<Buffer>) {
    if (response.headersSent) {
      if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && head.length > HEADER_BYTES_MAX) break;
    if (end < 0) continue;
    writeCgiHead(head.subarray(0, end).toString("latin1"), response);
    response.write(head.subarray(end + 4));
  }
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

function writeCgiHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split("\r\n")) {
    const [name = "", ...rest] = line.split(":");
    const value = rest.join(":").trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
