/** HTTP over the workstation's unix sockets: to the gate and to agentd. */
import { type IncomingMessage, request } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import { z } from "zod";
import { LIMITS } from "./limits.ts";

export interface Ask {
  socketPath: string;
  path: string;
  run?: string | null;
  /** Sent as JSON by POST. */
  body?: unknown;
}

/** A Problem as another process rendered it (RFC 9457). */
const problemBody = z.object({ detail: z.string() });

/** Asks and gives back the answer's text. What is refused becomes `asked.refused` with the words of who refused. */
export async function askText(ask: Ask): Promise<{ status: number; text: string }> {
  const answer = await open(ask);
  let text = "";
  for await (const chunk of answer) {
    text += (chunk as Buffer).toString("utf8");
    if (text.length > LIMITS.answerBytesMax)
      throw new Problem("too-large", { what: "The answer", limit: `${LIMITS.answerBytesMax} bytes` });
  }
  return { status: answer.statusCode ?? 0, text };
}

/** Asks for JSON of a known shape. */
export async function askJson<Shape extends z.ZodType>(ask: Ask, shape: Shape): Promise<z.infer<Shape>> {
  const { status, text } = await askText(ask);
  if (status !== 200) throw new Problem("asked.refused", { why: refusal(text, status) });
  return shape.parse(JSON.parse(text));
}

/** Opens the answer, for reading it while it comes. */
export function open({ socketPath, path, run, body }: Ask): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const asked = request(
      {
        socketPath,
        path,
        method: text === undefined ? "GET" : "POST",
        headers: {
          host: GATE_HOST_INSIDE,
          connection: "close",
          ...(run != null && { "nightgate-run": run }),
          ...(text !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
          }),
        },
        timeout: LIMITS.answerMsMax,
      },
      resolve,
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", (cause) => reject(new Problem("gate.away", {}, { cause })));
    asked.end(text);
  });
}

/** The sentence in a refusal. */
export function refusal(text: string, status: number): string {
  try {
    return problemBody.parse(JSON.parse(text)).detail;
  } catch {
    return text.trim() === "" ? `The answer was ${status}.` : text.trim().slice(0, 500);
  }
}
