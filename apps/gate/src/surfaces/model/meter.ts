/** Watches an answer go by and counts its tokens. It never holds a byte back, and what it remembers is bounded. */
import { StringDecoder } from "node:string_decoder";
import type { ModelResource } from "@nightgate/shared/policy";
import { MODEL_LIMITS } from "./limits.ts";
import { addUsage, NO_USAGE, type Usage } from "./usage.ts";

export interface Meter {
  observe(chunk: Buffer): void;
  /** What was seen so far; of a stream that broke off, what it had said. */
  read(): Usage;
}

/** `contentType` tells a stream of events from an answer in one piece; anything else is not metered. */
export function createMeter(api: ModelResource["api"], contentType: string): Meter {
  if (contentType.startsWith("text/event-stream")) return streamMeter(api);
  if (contentType.startsWith("application/json")) return wholeMeter(api);
  return { observe: () => undefined, read: () => NO_USAGE };
}

function streamMeter(api: ModelResource["api"]): Meter {
  const decoder = new StringDecoder("utf8");
  let usage = NO_USAGE;
  let line = "";
  let overlong = false;
  const finishLine = (): void => {
    // Most events are text: only those that speak of usage or name the model are worth parsing.
    if (!overlong && line.startsWith("data:") && (line.includes('"usage"') || line.includes('"model"'))) {
      usage = addUsage(api, usage, parse(line.slice("data:".length)));
    }
    line = "";
    overlong = false;
  };
  return {
    observe: (chunk) => {
      const parts = decoder.write(chunk).split(/\r\n|\n|\r/);
      parts.forEach((part, index) => {
        if (index > 0) finishLine();
        overlong ||= line.length + part.length > MODEL_LIMITS.meteredLineBytesMax;
        line = overlong ? "" : line + part;
      });
    },
    read: () => usage,
  };
}

function wholeMeter(api: ModelResource["api"]): Meter {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return {
    observe: (chunk) => {
      bytes += chunk.length;
      if (bytes > MODEL_LIMITS.meteredAnswerBytesMax) chunks = [];
      else chunks.push(chunk);
    },
    read: () =>
      chunks.length === 0 ? NO_USAGE : addUsage(api, NO_USAGE, parse(Buffer.concat(chunks).toString("utf8"))),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Not JSON (OpenAI ends its streams with [DONE]): nothing to count.
  }
}
