/** The arguments that say with whom runs go on when their model's provider cannot: the same for a job, a schedule and an organization. */
import { z } from "zod";
import { AGENTS } from "../agentd-protocol.ts";

/** With whom a run goes on when its model's provider cannot. */
export const fallbackShape = {
  fallback_agent: z
    .enum([...AGENTS, "none"])
    .optional()
    .describe(
      "Goes on with this agent when its model's provider is at its limit for long or refuses its key; none: waits",
    ),
  fallback_model: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Goes on with this model of the policy then, by its name or id"),
  fallback_after_minutes: z
    .int()
    .min(0)
    .max(1440)
    .optional()
    .describe("A limit that ends sooner is waited for; left out, 15"),
};
