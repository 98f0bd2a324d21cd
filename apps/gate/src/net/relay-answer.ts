/** Streams an upstream's answer to a workstation, chunk by chunk as it comes, and no faster than it is read. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import type { HeaderPairs } from "./headers.ts";
import { passed } from "./spent-buffers.ts";
import { asUpstreamProblem, type UpstreamAnswer } from "./upstreams.ts";

export interface RelayOptions {
  /** The upstream, for the sentence when it breaks off. */
  host: string;
  headers: HeaderPairs;
  /** Changes bytes on their way (may keep some back for the next chunk). */
  transform?: { push(chunk: Buffer): Buffer; end(): Buffer };
  /** Sees each chunk after it was written. */
  observe?: (chunk: Buffer) => void;
}

/**
 * Resolves when all was handed to the client's socket. Rejects if the upstream breaks off or the client goes; then the answer was cut,
 * or, for headers that cannot be sent on, not begun.
 */
export async function relayAnswer(
  answer: UpstreamAnswer,
  response: ServerResponse,
  options: RelayOptions,
): Promise<void> {
  writeHead(answer.status, response, options);
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once("close", onClose);
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      const bytes = options.transform ? options.transform.push(chunk) : chunk;
      if (bytes.length > 0 && !response.write(bytes)) await once(response, "drain", { signal: gone.signal });
      options.observe?.(chunk);
      passed(chunk);
    }
    response.end(options.transform?.end());
  } catch (error) {
    // A cut answer must not look like a whole one: the connection ends without the last chunk.
    response.destroy();
    throw asUpstreamProblem(options.host, error);
  } finally {
    response.off("close", onClose);
  }
}

function writeHead(status: number, response: ServerResponse, { headers, host }: RelayOptions): void {
  const grouped = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of headers) {
    const entry = grouped.get(name.toLowerCase()) ?? { name, values: [] };
    entry.values.push(value);
    grouped.set(name.toLowerCase(), entry);
  }
  try {
    for (const { name, values } of grouped.values()) {
      const [first = "", ...more] = values;
      response.setHeader(name, more.length === 0 ? first : values);
    }
    response.writeHead(status);
    response.flushHeaders();
  } catch (error) {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    throw new Problem(
      "upstream.unreachable",
      { host, why: "its answer is not valid HTTP" },
      { cause: error },
    );
  }
}
