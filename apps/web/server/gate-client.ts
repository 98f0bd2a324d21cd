/** Calls from this process to the gate on the same host. `*.localhost` does not resolve in Node, so it dials 127.0.0.1 and names the gate in Host. */
import { request } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import { webConfig } from "../env.ts";
import { limits } from "../limits.ts";

export interface GateAnswer {
  status: number;
  body: unknown;
}

/** Sends JSON (or nothing) and reads JSON. Throws Problem gate.away when the gate does not answer in time or not in JSON. */
export async function askGate(method: "GET" | "POST", path: string, body?: unknown): Promise<GateAnswer> {
  const config = webConfig();
  const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const headers: Record<string, string | number> = { host: config.gateHost, accept: "application/json" };
  if (bytes) Object.assign(headers, { "content-type": "application/json", "content-length": bytes.length });
  try {
    const raw = await new Promise<{ status: number; bytes: Buffer }>((resolve, reject) => {
      const call = request(
        { host: "127.0.0.1", port: config.gatePort, method, path, headers, timeout: limits.gateCallMs },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > limits.gateAnswerBytesMax) call.destroy(new Problem("gate.away", {}));
            else chunks.push(chunk);
          });
          response.once("error", reject);
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }),
          );
        },
      );
      call.once("timeout", () => call.destroy(new Problem("gate.away", {})));
      call.once("error", reject);
      call.end(bytes ?? undefined);
    });
    return { status: raw.status, body: JSON.parse(raw.bytes.toString("utf8")) as unknown };
  } catch (error) {
    throw new Problem("gate.away", {}, { cause: error });
  }
}
