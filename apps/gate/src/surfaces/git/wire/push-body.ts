/** The body of a push on its way to git: unpacked, counted, and listened to for one word at its beginning. */
import type { IncomingMessage } from "node:http";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Problem } from "@nightgate/shared/problems";
import { passed } from "../../../net/spent-buffers.ts";

/** What the commands of a push may take beside its pack. */
const COMMANDS_BYTES_MAX = 1024 * 1024;
const BEGINNING_BYTES_MAX = 1024 * 1024;

export interface PushBody {
  /**
   * Whether the client reads report-status-v2. One that does not would take "ok, as refs/held/..." for "pushed": it must be told no.
   * Known once the body has been fed.
   */
  understandsHeld(): boolean;
  /** Feeds the body to git's standard input. What git does not want any more is read and dropped, so that its answer can be sent. */
  feed(stdin: Writable): Promise<void>;
}

/** Opens the body. `packBytesMax` is counted after unpacking: a small body must not become a large one (G28). */
export function pushBody(request: IncomingMessage, packBytesMax: number): PushBody {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (!["identity", "gzip", "x-gzip"].includes(encoding))
    throw new Problem("git.protocol", { why: "its body is encoded in another way than gzip" });
  let begin = Buffer.alloc(0);
  let capabilities: string[] | null = null;
  const counted = countedTo(packBytesMax + COMMANDS_BYTES_MAX, (chunk) => {
    if (capabilities !== null) return;
    begin = Buffer.concat([begin, chunk.subarray(0, BEGINNING_BYTES_MAX)]);
    capabilities = begin.length < BEGINNING_BYTES_MAX ? capabilitiesOf(begin) : [];
    if (capabilities !== null) begin = Buffer.alloc(0);
  });
  return {
    understandsHeld: () => capabilities?.includes("report-status-v2") ?? false,
    feed: (stdin) =>
      pipeline(unpacked(request, encoding), counted, (chunks: AsyncIterable<Buffer>) => pour(chunks, stdin)),
  };
}

function unpacked(request: IncomingMessage, encoding: string): Readable {
  if (encoding === "identity") return request;
  const gunzip = request.pipe(createGunzip());
  // A body that breaks off ends the streams behind it.
  request.once("close", () => request.complete || gunzip.destroy());
  return gunzip;
}

/** The words behind the NUL of the first command; null while it is not there whole. A shallow clone says where it ends before that, a packet per commit. */
function capabilitiesOf(begin: Buffer): string[] | null {
  for (let at = 0; at + 4 < begin.length;) {
    const length = Number.parseInt(begin.subarray(at, at + 4).toString("latin1"), 16);
    if (Number.isNaN(length) || length < 5) return [];
    if (at + length > begin.length) return null;
    const packet = begin.subarray(at + 4, at + length).toString("latin1");
    if (!packet.startsWith("shallow "))
      return packet
        .slice(packet.indexOf("\0") + 1)
        .trim()
        .split(" ");
    at += length;
  }
  return null;
}

function countedTo(bytesMax: number, listen: (chunk: Buffer) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, forward) => {
      bytes += chunk.length;
      passed(chunk);
      listen(chunk);
      if (bytes > bytesMax)
        forward(new Problem("git.too-large", { what: "its pack", limit: `${bytesMax} bytes` }));
      else forward(null, chunk);
    },
  });
}

async function pour(chunks: AsyncIterable<Buffer>, stdin: Writable): Promise<void> {
  stdin.on("error", () => "git has stopped reading, and says why itself");
  for await (const chunk of chunks) {
    if (stdin.destroyed || stdin.writableEnded) continue;
    if (!stdin.write(chunk)) await drainedOrClosed(stdin);
  }
  stdin.end();
}

function drainedOrClosed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.once("drain", done);
    stream.once("close", done);
    if (stream.destroyed) done();
  });
}
