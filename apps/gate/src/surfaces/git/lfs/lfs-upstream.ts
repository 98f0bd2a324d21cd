/**
 * The upstream's side of Git LFS (batch API, basic transfers). Addresses that it hands out are credentials (invariant 2): they are used here
 * and nowhere else, dialled only after they were checked, and never followed to another address.
 */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { CheckedLookup } from "../../../net/checked-lookup.ts";
import type { GitLimits } from "../limits.ts";
import { onlyThese } from "../upload-pack.ts";
import { authorization, type Upstream } from "../upstream/address.ts";
import type { LfsObject } from "./pointer.ts";

export const LFS_TYPE = "application/vnd.git-lfs+json";
const BATCH_OBJECTS = 100;

const lfsAction = z.object({
  href: z.url({ protocol: /^https?$/ }).max(8192),
  header: z.record(z.string().max(200), z.string().max(8192)).optional(),
});
export type LfsAction = z.infer<typeof lfsAction>;
const lfsAnswer = z.object({
  transfer: z.literal("basic").optional(),
  objects: z.array(
    z.object({
      oid: z.string(),
      size: z.number(),
      actions: z
        .object({
          download: lfsAction.optional(),
          upload: lfsAction.optional(),
          verify: lfsAction.optional(),
        })
        .optional(),
      error: z.object({ code: z.number(), message: z.string().max(2000).optional() }).optional(),
    }),
  ),
});
export type LfsEntry = z.infer<typeof lfsAnswer>["objects"][number];

export interface LfsUpstream {
  /** What the upstream says of each object, by oid. */
  batch(operation: "download" | "upload", objects: readonly LfsObject[]): Promise<Map<string, LfsEntry>>;
  /** Opens an object's bytes. */
  download(action: LfsAction, bytes: number): Promise<IncomingMessage>;
  /** Sends an object's bytes, and has them verified where the upstream wants that. */
  upload(entry: LfsEntry, object: LfsObject, bytes: Readable): Promise<void>;
}

export interface LfsDialling {
  upstream: Upstream;
  lookup: CheckedLookup;
  limits: GitLimits;
  clock: Clock;
  signal: AbortSignal;
}

export function lfsUpstream(dialling: LfsDialling): LfsUpstream {
  const { upstream, limits } = dialling;
  const failed = (why: string): Problem => new Problem("git.upstream-failed", { name: upstream.name, why });

  async function batchOf(operation: string, objects: readonly LfsObject[]): Promise<LfsEntry[]> {
    const body = Buffer.from(
      JSON.stringify({
        operation,
        transfers: ["basic"],
        hash_algo: "sha256",
        objects: objects.map(({ oid, bytes }) => ({ oid, size: bytes })),
      }),
    );
    const action: LfsAction = {
      href: `${batchBase(upstream.url)}/objects/batch`,
      header: { accept: LFS_TYPE, "content-type": LFS_TYPE },
    };
    const answer = await send(dialling, "POST", action, body.length, (to) => void to.end(body));
    checkStatus(answer, upstream.name);
    const read = lfsAnswer.safeParse(parsed(await textOf(answer, limits.lfsBatchBytesMax)));
    if (!read.success) throw failed("its Git LFS answer cannot be read");
    return read.data.objects;
  }

  return {
    batch: async (operation, objects) => {
      const found = new Map<string, LfsEntry>();
      for (let at = 0; at < objects.length; at += BATCH_OBJECTS)
        for (const entry of await batchOf(operation, objects.slice(at, at + BATCH_OBJECTS)))
          found.set(entry.oid, entry);
      return found;
    },
    download: async (action, bytes) => {
      const answer = await send(dialling, "GET", action, null, (to) => void to.end());
      checkStatus(answer, upstream.name);
      const length = answer.headers["content-length"];
      if (length !== undefined && Number(length) !== bytes) {
        answer.destroy();
        throw failed("its Git LFS object has another size than the one that was asked for");
      }
      return answer;
    },
    upload: async (entry, object, bytes) => {
      if (entry.error !== undefined)
        throw failed(`it does not take a Git LFS object: code ${entry.error.code}`);
      const { upload, verify } = entry.actions ?? {};
      // Without an upload it has the object already.
      if (upload === undefined) return void bytes.destroy();
      const typed = withType(upload, "application/octet-stream");
      const answer = await send(dialling, "PUT", typed, object.bytes, (to) => pipeline(bytes, to));
      checkStatus(answer, upstream.name);
      answer.resume();
      if (verify === undefined) return;
      const body = Buffer.from(JSON.stringify({ oid: object.oid, size: object.bytes }));
      const verified = await send(
        dialling,
        "POST",
        withType(verify, LFS_TYPE),
        body.length,
        (to) => void to.end(body),
      );
      checkStatus(verified, upstream.name);
      verified.resume();
    },
  };
}

/** Where git-lfs looks for the API: at the repository's address with .git at its end. */
function batchBase(url: URL): string {
  return `${url.href.replace(/\.git$/, "")}.git/info/lfs`;
}

function withType(action: LfsAction, type: string): LfsAction {
  const named = Object.keys(action.header ?? {}).some((name) => name.toLowerCase() === "content-type");
  return named ? action : { ...action, header: { ...action.header, "content-type": type } };
}

/** Headers that belong to the connection and not to the object. */
const OURS = ["host", "connection", "content-length", "transfer-encoding", "proxy-authorization", "expect"];

async function send(
  { upstream, lookup, limits, clock, signal }: LfsDialling,
  method: string,
  action: LfsAction,
  length: number | null,
  feed: (to: ClientRequest) => unknown,
): Promise<IncomingMessage> {
  const url = new URL(action.href);
  const headers: Record<string, string> = { "user-agent": "git-lfs/nightgate" };
  for (const [name, value] of Object.entries(action.header ?? {}))
    if (!OURS.includes(name.toLowerCase())) headers[name.toLowerCase()] = value;
  if (length !== null) headers["content-length"] = String(length);
  const isHome = url.origin === upstream.url.origin;
  if (isHome && upstream.credential !== null) headers["authorization"] ??= authorization(upstream.credential);
  if (!isHome && url.protocol !== "https:")
    throw new Problem("git.upstream-failed", {
      name: upstream.name,
      why: "it keeps its Git LFS objects at an address that is not https",
    });
  const addresses = isHome ? upstream.addresses : await addressesOf(lookup, url);
  const start = url.protocol === "https:" ? https.request : http.request;
  const outgoing = start(url, { method, headers, signal, agent: false, lookup: onlyThese(addresses) });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", (error) =>
      reject(
        new Problem(
          "git.upstream-unreachable",
          { name: upstream.name, why: "where it keeps its Git LFS objects does not answer" },
          { cause: error },
        ),
      ),
    );
  });
  const done = new AbortController();
  clock.wait(limits.lfsTransferMs, done.signal).then(
    () => outgoing.destroy(),
    () => "answered in time",
  );
  try {
    // One that answers before it has read everything breaks the pipe; its answer is what counts.
    void Promise.resolve(feed(outgoing)).catch((error: Error) => outgoing.destroy(error));
    return await answered;
  } finally {
    done.abort();
  }
}

async function addressesOf(lookup: CheckedLookup, url: URL): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = await lookup.addresses(host, false);
  return isIP(host) === 0 ? found : [host];
}

function checkStatus(answer: IncomingMessage, name: string): void {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  answer.destroy();
  if (status === 401) throw new Problem("git.upstream-credential", { name });
  if (status === 403) throw new Problem("git.upstream-forbidden", { name });
  throw new Problem("git.upstream-failed", {
    name,
    why:
      status === 404 || status === 501
        ? "it does not offer Git LFS for this repository"
        : `it answers a Git LFS request with HTTP ${status}`,
  });
}

async function textOf(answer: Readable, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new Problem("git.too-large", { what: "a Git LFS answer", limit: `${bytesMax} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
