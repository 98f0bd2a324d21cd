/** Keeps model calls in gate.model_calls; inserting announces them to the runner. */
import type { GateDatabase } from "@nightgate/db/gate";

interface ModelCallRow {
  organization: string;
  workstation: string;
  run: string | null;
  resource: string;
  model: string;
  status: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  retryAfterSeconds: number | null;
  /** Milliseconds since the epoch. */
  resetAtMs: number | null;
  overBudget: boolean;
}

/** The store behind the model surface's port ModelCalls. */
export function createModelCallStore(db: Pick<GateDatabase, "asOrganization">): {
  record(call: ModelCallRow): Promise<void>;
} {
  return {
    record: async (call) => {
      await db.asOrganization(call.organization, async (tx) => {
        await tx.gateModelCalls.create({
          data: {
            organizationId: call.organization,
            workstationId: call.workstation,
            runId: call.run,
            resourceId: call.resource,
            model: call.model,
            status: call.status,
            inputTokens: call.inputTokens,
            cachedInputTokens: call.cachedInputTokens,
            outputTokens: call.outputTokens,
            retryAfterSeconds: call.retryAfterSeconds,
            overBudget: call.overBudget,
            resetAt: call.resetAtMs === null ? null : new Date(call.resetAtMs),
          },
        });
      });
    },
  };
}
