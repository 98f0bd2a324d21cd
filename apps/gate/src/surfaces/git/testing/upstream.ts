/** A real upstream for tests: git's own http-backend behind node:http, with a credential, and ways to misbehave. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";

export interface TestUpstream {
  port: number;
  /** Without a credential. */
  url: string;
  credential: string;
  /** The bare repository. */
  dir: string;
  requests: { method: string; url: string; headers: IncomingMessage["headers"] }[];
  /** Answers instead of git when it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** Takes pushes, and breaks the connection instead of answering them. */
  loseAnswers: boolean;
  refs(): Record<string, string>;
  stop(): Promise<void>;
}

export async function startUpstream(
  root: string,
  fill: (dir: string) => void,
  credential = "robot:s3cret-canary-41c7",
): Promise<TestUpstream> {
  const dir = join(root, "upstream", "acme", "shop.git");
  mkdirSync(dirname(dir), { recursive: true });
  fill(dir);
  const requests: TestUpstream["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    if (upstream.intercept?.(request, response) === true) return;
    if (request.headers.authorization !== `Basic ${Buffer.from(credential).toString("base64")}`) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="upstream"' }).end("who are you\n");
      return;
    }
    backend(
      join(root, "upstream"),
      request,
      response,
      () => upstream.loseAnswers && request.url?.endsWith("/git-receive-pack") === true,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: TestUpstream = {
    port,
    url: `http://127.0.0.1:${port}/acme/shop.git`,
    credential,
    dir,
    requests,
    intercept: null,
    loseAnswers: false,
    refs: () => refsOf(dir),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

function backend(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  loses: () => boolean,
): void {
  const url = new URL(request.url ?? "/", "http://upstream");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      HOME: root,
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "robot",
      REMOTE_ADDR: "127.0.0.1",
    },
  });
  child.stdin.on("error", () => "http-backend ended early");
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let begun = false;
  child.stdout.on("data", (chunk: Buffer) => {
    if (loses()) return;
    if (begun) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    begun = true;
    let status = 200;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
  });
  child.on("close", () => (loses() ? response.destroy() : response.end()));
}

function git(dir: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd: dir,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: dir, GIT_CONFIG_NOSYSTEM: "1" },
  });
}

function refsOf(dir: string): Record<string, string> {
  const listed = git(dir, "for-each-ref", "--format=%(refname) %(objectname)");
  return Object.fromEntries(
    listed
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ") as [string, string]),
  );
}
