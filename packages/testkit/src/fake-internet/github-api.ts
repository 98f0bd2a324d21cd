/**
 * A stand-in for GitHub's REST API of one repository, as far as agents write to it: pull requests, comments, merging. It knows which branches the
 * upstream has, and refuses a pull request whose branch is not there, with the host's own words.
 * Source: https://docs.github.com/rest/pulls/pulls, version 2022-11-28.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface PullRequest {
  number: number;
  html_url: string;
  title: string;
  body: string;
  head: { ref: string; label: string };
  base: { ref: string };
}

export interface GithubApi {
  url: string;
  pulls: PullRequest[];
  requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: string }[];
  /** Does what is asked, and breaks the connection instead of answering writes. */
  loseAnswers: boolean;
  stop(): Promise<void>;
}

export interface GithubApiOptions {
  owner: string;
  name: string;
  /** What Authorization must be. */
  token: string;
  hasBranch(branch: string): boolean;
  /** 0 for any. */
  port?: number;
}

/** Starts it on 127.0.0.1. */
export async function startGithubApi(options: GithubApiOptions): Promise<GithubApi> {
  const server = createServer((request, response) => {
    answer(api, options, request, response).catch((error: unknown) => {
      process.stderr.write(`the stand-in for GitHub failed: ${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const api: GithubApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pulls: [],
    requests: [],
    loseAnswers: false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return api;
}

async function answer(
  api: GithubApi,
  options: GithubApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  const body = await text(request);
  const { pathname, searchParams } = new URL(url, api.url);
  api.requests.push({ method, path: url, headers: request.headers, body });
  const send = (status: number, value: unknown): void => {
    if (api.loseAnswers && method !== "GET") {
      response.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(value));
  };
  if (request.headers.authorization !== `Bearer ${options.token}`)
    return send(401, { message: "Bad credentials" });
  const repository = `/repos/${options.owner}/${options.name}`;
  if (pathname === repository)
    return send(200, { full_name: `${options.owner}/${options.name}`, default_branch: "main" });
  if (pathname === `${repository}/pulls` && method === "GET") {
    const head = searchParams.get("head");
    return send(
      200,
      api.pulls.filter((pull) => head === null || pull.head.label === head),
    );
  }
  if (pathname === `${repository}/pulls` && method === "POST") return openPull(api, options, body, send);
  const comment = /\/issues\/(\d+)\/comments$/.exec(pathname);
  if (comment && method === "POST") return send(201, { html_url: `${api.url}${pathname}#1` });
  return send(404, { message: "Not Found" });
}

function openPull(
  api: GithubApi,
  { owner, name, hasBranch }: GithubApiOptions,
  raw: string,
  send: (status: number, value: unknown) => void,
): void {
  const asked = JSON.parse(raw) as { title: string; head: string; base: string; body?: string };
  const branch = asked.head.split(":").at(-1) ?? "";
  const invalid = (field: string, message: string): void =>
    send(422, { message: "Validation Failed", errors: [{ resource: "PullRequest", field, message }] });
  if (!hasBranch(branch)) return invalid("head", `${branch} is not there`);
  if (!hasBranch(asked.base)) return invalid("base", `${asked.base} is not there`);
  if (api.pulls.some((pull) => pull.head.ref === branch && pull.base.ref === asked.base))
    return invalid("head", `A pull request already exists for ${owner}:${branch}.`);
  const number = api.pulls.length + 1;
  const pull: PullRequest = {
    number,
    html_url: `https://github.example/${owner}/${name}/pull/${number}`,
    title: asked.title,
    body: asked.body ?? "",
    head: { ref: branch, label: `${owner}:${branch}` },
    base: { ref: asked.base },
  };
  api.pulls.push(pull);
  send(201, pull);
}
