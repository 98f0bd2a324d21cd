import type { IncomingMessage, ServerResponse } from "node:http";
/** Small helpers over node:http for the servers in this folder. */
import { Problem } from "@nightgate/shared/problems";

/** Reads a request's body, at most `bytesMax`. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax)
      throw new Problem("too-large", { what: "The request's body", limit: `${bytesMax} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Sends `value` as JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
