/** A git host's Git LFS server for tests: batch API with the credential, bytes at presigned addresses, verify; and ways to misbehave. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestUpstream } from "./upstream.ts";

export interface LfsHost {
  /** By oid. */
  objects: Map<string, Buffer>;
  /** Part of every address that it hands out: no workstation may ever see it. */
  signature: string;
  /** Requests for its API and its storage, in their order. */
  asked: string[];
  /** Where it says that bytes are kept. */
  storage: string;
  /** Answers uploads of bytes with this status instead of taking them. */
  uploadStatus: number | null;
}

/** Puts it in front of the upstream. */
export function lfsHost(upstream: TestUpstream): LfsHost {
  const host: LfsHost = {
    objects: new Map(),
    signature: "presigned-canary-77aa",
    asked: [],
    storage: `http://127.0.0.1:${upstream.port}/lfs-storage`,
    uploadStatus: null,
  };
  upstream.intercept = (request, response) => {
    const url = new URL(request.url ?? "/", upstream.url);
    if (!url.pathname.includes("/lfs")) return false;
    host.asked.push(`${request.method ?? ""} ${url.pathname}`);
    void answer(host, upstream, url, request, response);
    return true;
  };
  return host;
}

async function answer(
  host: LfsHost,
  upstream: TestUpstream,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bytesOf(request);
  const oid = url.pathname.split("/").at(-1) ?? "";
  if (url.pathname.startsWith("/lfs-storage/")) {
    if (url.searchParams.get("signature") !== host.signature) return end(response, 403);
    if (request.method === "GET") return void response.writeHead(200).end(host.objects.get(oid));
    if (host.uploadStatus !== null) return end(response, host.uploadStatus);
    if (createHash("sha256").update(body).digest("hex") !== oid) return end(response, 422);
    host.objects.set(oid, body);
    return end(response, 200);
  }
  const wanted = `Basic ${Buffer.from(upstream.credential).toString("base64")}`;
  if (request.headers.authorization !== wanted) return end(response, 401);
  if (url.pathname.endsWith("/verify")) {
    const { oid: verified } = JSON.parse(body.toString()) as { oid: string };
    return end(response, host.objects.has(verified) ? 200 : 404);
  }
  const { operation, objects } = JSON.parse(body.toString()) as {
    operation: string;
    objects: { oid: string; size: number }[];
  };
  response.writeHead(200, { "content-type": "application/vnd.git-lfs+json" });
  response.end(JSON.stringify({ objects: objects.map((one) => entryOf(host, upstream, operation, one)) }));
}

function entryOf(
  host: LfsHost,
  upstream: TestUpstream,
  operation: string,
  object: { oid: string; size: number },
): unknown {
  const storage = { href: `${host.storage}/${object.oid}?signature=${host.signature}` };
  const has = host.objects.has(object.oid);
  if (operation === "download")
    return has
      ? { ...object, actions: { download: storage } }
      : { ...object, error: { code: 404, message: "no such object" } };
  const verify = { href: `${upstream.url}/info/lfs/verify` };
  return has ? object : { ...object, actions: { upload: storage, verify } };
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
