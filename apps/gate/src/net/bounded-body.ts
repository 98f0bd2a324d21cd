/** A request's body as a stream that breaks off with a clear Problem when it grows over its limit (invariant 12). */
import type { IncomingMessage } from "node:http";
import { type Readable, Transform } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import { passed } from "./spent-buffers.ts";

const MIB = 1024 * 1024;

export interface BoundedBody {
  stream: Readable;
  /** As announced, or null for one that is chunked. */
  length: number | null;
}

/** True if the request's framing announces a body, empty or not (RFC 9112 section 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0
  );
}

/** Null if there is none. Throws Problem too-large at once when more than `bytesMax` is announced. */
export function boundedBody(request: IncomingMessage, bytesMax: number): BoundedBody | null {
  if (!hasBody(request)) return null;
  const announced = request.headers["content-length"];
  const length = announced === undefined ? null : Number(announced);
  const tooLarge = (): Problem =>
    new Problem("too-large", {
      what: "The request",
      limit: bytesMax < MIB ? `${Math.floor(bytesMax / 1024)} KiB` : `${Math.floor(bytesMax / MIB)} MiB`,
    });
  if (length !== null && length > bytesMax) throw tooLarge();
  let bytes = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      passed(chunk);
      if (bytes > bytesMax) done(tooLarge());
      else done(null, chunk);
    },
  });
  request.pipe(counted);
  // A client that goes away in the middle ends the call; pipe alone would leave it waiting.
  request.once("close", () => {
    if (!request.complete) counted.destroy();
  });
  counted.on("error", () => request.unpipe(counted));
  return { stream: counted, length };
}
