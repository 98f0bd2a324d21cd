/** The container engine asked directly, over its socket: what the product is compared with. Nothing of the product is in between. */
import { request } from "node:http";
import { z } from "zod";

export interface EngineApi {
  /** Status and JSON of one call. Throws for statuses above 399. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Runs `true` in a container and waits for its end: "it can be worked with". */
  execTrue(container: string): Promise<void>;
}

const made = z.object({ Id: z.string() });
const API = "/v1.41";

export function engineApi(socketPath: string): EngineApi {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    await new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const asked = request({ socketPath, method, path: API + path, headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          if (status > 399) reject(new Error(`${method} ${path}: ${status} ${text}`));
          else resolve(/\bjson\b/.test(answer.headers["content-type"] ?? "") ? JSON.parse(text) : null);
        });
      });
      asked.once("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    call,
    execTrue: async (container) => {
      const exec = made.parse(
        await call("POST", `/containers/${container}/exec`, { Cmd: ["true"], AttachStdout: true }),
      );
      await call("POST", `/exec/${exec.Id}/start`, { Detach: false, Tty: true });
    },
  };
}
