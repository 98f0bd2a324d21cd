/**
 * Git LFS for a workstation: downloads pass with the credential added, uploads are kept until the push that names them is released.
 * Invariant 2: a client only ever hears addresses of the gate; what the upstream hands out for a transfer stays here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { digest } from "@nightgate/shared/actions";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { boundedBody } from "../../../net/bounded-body.ts";
import type { GitLimits } from "../limits.ts";
import { exactly, type LfsStore } from "./lfs-store.ts";
import { LFS_TYPE, type LfsUpstream } from "./lfs-upstream.ts";
import type { LfsObject } from "./pointer.ts";

export interface LfsServing {
  limits: GitLimits;
  store: LfsStore;
  upstream(): Promise<LfsUpstream>;
  request: IncomingMessage;
  response: ServerResponse;
}

const batchRequest = z.object({
  operation: z.enum(["download", "upload"]),
  transfers: z.array(z.string().max(100)).max(20).default(["basic"]),
  hash_algo: z.literal("sha256").default("sha256"),
  objects: z.array(z.object({ oid: digest, size: z.int().min(0) })).min(1),
});

/** Answers `POST info/lfs/objects/batch`. `base` is the path of the repository's LFS API at the gate. */
export async function answerBatch(serving: LfsServing, base: string): Promise<void> {
  const { limits, request, response } = serving;
  const asked = batchRequest.safeParse(await readJson(request, limits));
  if (!asked.success || !asked.data.transfers.includes("basic"))
    throw new Problem("git.protocol", { why: "its Git LFS request is not one of basic transfers" });
  if (asked.data.objects.length > limits.lfsBatchObjectsMax)
    throw new Problem("git.too-large", {
      what: `a Git LFS request for ${asked.data.objects.length} objects`,
      limit: `${limits.lfsBatchObjectsMax} at once`,
    });
  const objects = asked.data.objects.map(({ oid, size }) => ({ oid, bytes: size }));
  const origin = `http://${originOf(request)}${base}`;
  const { operation } = asked.data;
  const answers = await answersTo(serving, operation, origin, objects);
  response.writeHead(200, { "content-type": LFS_TYPE });
  response.end(JSON.stringify({ transfer: "basic", objects: answers }));
}

/** The name by which the client reached the gate; only this client hears it. */
function originOf(request: IncomingMessage): string {
  const host = request.headers.host ?? "";
  if (!/^[a-z0-9.-]+(:\d{1,5})?$/i.test(host))
    throw new Problem("git.protocol", { why: "its Host header is not a name" });
  return host;
}

/** A download is offered for what there is, an upload for what there is not. */
async function answersTo(
  { upstream, store }: LfsServing,
  operation: "download" | "upload",
  origin: string,
  objects: readonly LfsObject[],
): Promise<unknown[]> {
  const there = await (await upstream()).batch("download", objects);
  const answers: unknown[] = [];
  for (const object of objects) {
    const has = there.get(object.oid)?.actions?.download !== undefined || (await store.has(object));
    const action = { href: hrefOf(origin, object) };
    const named = { oid: object.oid, size: object.bytes };
    if (operation === "upload") answers.push(has ? named : { ...named, actions: { upload: action } });
    else if (has) answers.push({ ...named, actions: { download: action } });
    else answers.push({ ...named, error: { code: 404, message: "The upstream does not have it." } });
  }
  return answers;
}

function hrefOf(origin: string, { oid, bytes }: LfsObject): string {
  return `${origin}/objects/${oid}/${bytes}`;
}

/** Answers `GET info/lfs/objects/<oid>/<bytes>`: the upstream's bytes, or those that wait here. */
export async function sendObject(serving: LfsServing, object: LfsObject): Promise<void> {
  const { response, store } = serving;
  const head = { "content-type": "application/octet-stream", "content-length": object.bytes };
  if (await store.has(object)) {
    response.writeHead(200, head);
    return pipeline(store.read(object), response);
  }
  const upstream = await serving.upstream();
  const action = (await upstream.batch("download", [object])).get(object.oid)?.actions?.download;
  if (action === undefined) throw new Problem("not-found", { what: "such Git LFS object" });
  const bytes = await upstream.download(action, object.bytes);
  response.writeHead(200, head);
  await pipeline(bytes, exactly(object), response);
}

/** Answers `PUT info/lfs/objects/<oid>/<bytes>`: kept here, and nowhere else before a person says yes. */
export async function takeObject(serving: LfsServing, object: LfsObject): Promise<void> {
  const { store, request, response } = serving;
  await store.take(object, request);
  response.writeHead(200, { "content-type": LFS_TYPE }).end("{}");
}

/** In the form that git-lfs reads; it prints the sentence. */
export function refuseLfs(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) return void response.destroy();
  const status = problem.http === 401 ? 403 : problem.http;
  response.writeHead(status, { "content-type": LFS_TYPE, connection: "close" });
  response.end(JSON.stringify({ message: problem.message }));
}

async function readJson(request: IncomingMessage, limits: GitLimits): Promise<unknown> {
  const body = boundedBody(request, limits.lfsBatchBytesMax);
  const chunks: Buffer[] = [];
  for await (const chunk of (body?.stream ?? []) as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
