/** Asks the gate over its socket: small answers for agentd itself. What agents say to the gate goes through the relay instead. */
import { request } from "node:http";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import { LIMITS } from "../limits.ts";

export interface GateClient {
  /** The body of a 200 answer to GET. Problem `gate.away` for anything else. */
  get(path: string): Promise<Buffer>;
  /** Resolves when the gate answers at all. Rejects with the signal's reason. */
  untilAnswers(signal?: AbortSignal): Promise<void>;
}

/** A client of the gate behind `socketPath`. */
export function gateClient(socketPath: string, clock: Clock = systemClock): GateClient {
  const get = async (path: string): Promise<Buffer> => await ask(socketPath, path);
  return {
    get,
    untilAnswers: async (signal) => {
      for (let pauseMs: number = LIMITS.retryMsMin; ; pauseMs = Math.min(pauseMs * 2, LIMITS.retryMsMax)) {
        const answered = await get("/nightgate/environment").then(
          () => true,
          () => false,
        );
        if (answered) return;
        await clock.wait(pauseMs, signal);
      }
    },
  };
}

function ask(socketPath: string, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(new Problem("gate.away", {}, { cause }));
    const asked = request(
      {
        socketPath,
        path,
        headers: { host: GATE_HOST_INSIDE, connection: "close" },
        signal: AbortSignal.timeout(LIMITS.gateAnswerMsMax),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on("error", fail);
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > LIMITS.gateAnswerBytesMax)
            asked.destroy(
              new Problem("too-large", {
                what: "The gate's answer",
                limit: `${LIMITS.gateAnswerBytesMax} bytes`,
              }),
            );
        });
        answer.on("end", () =>
          answer.statusCode === 200 ? resolve(Buffer.concat(chunks)) : fail(answer.statusCode),
        );
      },
    );
    asked.on("error", fail);
    asked.end();
  });
}
