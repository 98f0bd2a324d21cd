/** Verbs inside a workstation: over agentd's socket, without any credential. An answer that was lost is asked for again with the same id. */
import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { askText, refusal } from "./ask.ts";
import type { CliConfig } from "./env.ts";
import { LIMITS } from "./limits.ts";
import type { Transport } from "./transport.ts";

const result = z.record(z.string(), z.unknown());
/** Statuses after which asking again later may help. */
const LATER: ReadonlySet<number> = new Set([429, 500, 503, 504]);

/** The transport of whoever is in this workstation. */
export function createInsideTransport(
  { agentdSocket, run }: Pick<CliConfig, "agentdSocket" | "run">,
  clock: Clock = systemClock,
): Transport {
  return {
    call: async (verb, args) => {
      const body = { id: `cli_${randomBytes(16).toString("base64url")}`, run, verb, args };
      const ask = async (): Promise<{ status: number; text: string }> =>
        await askText({ socketPath: agentdSocket, path: "/verbs", body });
      const { status, text } = await untilAnswered(ask, clock);
      if (status === 200) return result.parse(JSON.parse(text));
      throw new Problem(LATER.has(status) ? "asked.later" : "asked.refused", { why: refusal(text, status) });
    },
  };
}

async function untilAnswered<Answer>(ask: () => Promise<Answer>, clock: Clock): Promise<Answer> {
  for (const waitMs of LIMITS.askAgainAfterMs) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "gate.away") throw error;
      await clock.wait(waitMs);
    }
  }
  return await ask().catch((cause: unknown) => {
    throw cause instanceof Problem && cause.code === "gate.away"
      ? new Problem("agentd.away", {}, { cause })
      : cause;
  });
}
