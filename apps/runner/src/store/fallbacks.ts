/** Who takes a run over when its provider cannot go on: read from its job or its organization, and from the policy, which may have changed since. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { APIS_OF_AGENT, type ModelApi } from "@nightgate/shared/agent-models";
import { AGENTS, type AgentName } from "@nightgate/shared/agentd-protocol";
import type { Fallback } from "@nightgate/shared/jobs-inbox";
import { MODEL_APIS } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { RunSnapshot, SecondProvider } from "../core/snapshot.ts";
import { LIMITS } from "../limits.ts";
import type { RunRow } from "./run-row.ts";

interface Model {
  id: string;
  name: string;
  api: ModelApi;
}

export interface FallbackArgs {
  fallback_agent?: AgentName | "none" | undefined;
  fallback_model?: string | undefined;
  fallback_after_minutes?: number | undefined;
}

const agentName = z.enum(AGENTS).nullable().catch(null);
const MINUTE_MS = 60_000;

/** Read for a run that waits for its provider; null where there is nobody, or they have it already. */
export async function readFallback(tx: JobsTransaction, run: RunRow): Promise<RunSnapshot["fallback"]> {
  if ((run.state !== "rate_limited" && run.state !== "needs_auth") || run.fellBackAt !== null) return null;
  const [wish] = await tx.$queryRaw<{ agent: string | null; model: string | null; minutes: number | null }[]>`
    SELECT w.agent, w.model, coalesce(j.fallback_after_minutes, n.fallback_after_minutes) AS minutes
    FROM jobs.jobs j LEFT JOIN jobs.nights n ON n.organization_id = j.organization_id
    CROSS JOIN LATERAL (SELECT j.fallback_agent AS agent, j.fallback_model_id AS model
      WHERE j.fallback_agent IS NOT NULL OR j.fallback_model_id IS NOT NULL
      UNION ALL SELECT n.fallback_agent, n.fallback_model_id
      WHERE j.fallback_agent IS NULL AND j.fallback_model_id IS NULL) w
    WHERE j.id = ${run.job}`;
  if (wish === undefined) return null;
  const second = await secondProvider(tx, run, { ...wish, agent: agentName.parse(wish.agent) });
  if (second === null) return null;
  return { ...second, afterMs: wish.minutes === null ? LIMITS.fallbackAfterMs : wish.minutes * MINUTE_MS };
}

/** As jobs.jobs and jobs.nights have it. */
export function fallbackColumns(
  fallback: Fallback | null,
): Record<"fallbackAgent" | "fallbackModelId", string | null> & { fallbackAfterMinutes: number | null } {
  return {
    fallbackAgent: fallback?.agent ?? null,
    fallbackModelId: fallback?.model ?? null,
    fallbackAfterMinutes: fallback?.afterMinutes ?? null,
  };
}

/** What was named, as ids. Problem where there is no such model, or the agent cannot use it. */
export async function namedFallback(
  tx: JobsTransaction,
  named: FallbackArgs,
  workstation: string | null,
): Promise<Fallback | null> {
  const { fallback_agent: agent = null, fallback_model: wanted } = named;
  const afterMinutes = named.fallback_after_minutes ?? null;
  if (agent === "none") return { agent, model: null, afterMinutes };
  if (agent === null && wanted === undefined) {
    if (afterMinutes === null) return null;
    throw new Problem("input.invalid", { why: "say with whom: fallback_agent, fallback_model or both" });
  }
  const models = await modelsOf(tx, workstation);
  const model = wanted === undefined ? null : modelNamed(models, wanted);
  if (agent !== null) checkUsable(agent, model === null ? models : [model]);
  return { agent, model: model?.id ?? null, afterMinutes };
}

function modelNamed(models: readonly Model[], wanted: string): Model {
  const model = models.find(({ id, name }) => id === wanted || name === wanted);
  if (model === undefined) throw new Problem("not-found", { what: `model ${wanted}` });
  return model;
}

function checkUsable(agent: AgentName, models: readonly Model[]): void {
  if (models.some(({ api }) => APIS_OF_AGENT[agent].includes(api))) return;
  const names = models.map(({ name }) => name).join(", ");
  throw new Problem("input.invalid", {
    why: names === "" ? `there is no model for ${agent}` : `${agent} cannot use ${names}`,
  });
}

async function secondProvider(
  tx: JobsTransaction,
  run: RunRow,
  wish: { agent: AgentName | null; model: string | null },
): Promise<SecondProvider | null> {
  const models = await modelsOf(tx, run.workstation);
  if (wish.model === null) {
    const usable = (agent: AgentName): boolean =>
      models.some(({ api }) => APIS_OF_AGENT[agent].includes(api));
    return wish.agent === null || wish.agent === run.agent || !usable(wish.agent)
      ? null
      : { agent: wish.agent, model: null };
  }
  const model = models.find(({ id }) => id === wish.model);
  if (model === undefined) return null;
  const last = await lastModel(tx, run, models);
  const agent = wish.agent ?? agentFor(model, run, last);
  if (agent === null || !APIS_OF_AGENT[agent].includes(model.api)) return null;
  // What it has already would not help.
  if (agent === run.agent && last?.id === model.id) return null;
  return { agent, model: { id: model.id, name: model.name } };
}

/** Its own agent, if that speaks with this model as it did with the one before. */
function agentFor({ api }: Model, { agent }: RunRow, last: Model | null): AgentName | null {
  const own = agentName.parse(agent);
  if (own !== null && (last === null ? APIS_OF_AGENT[own].includes(api) : last.api === api)) return own;
  return AGENTS.find((each) => APIS_OF_AGENT[each].includes(api)) ?? null;
}

async function lastModel(
  tx: JobsTransaction,
  { id, workstation }: RunRow,
  models: readonly Model[],
): Promise<Model | null> {
  const call = await tx.gateModelCallView.findFirst({
    where: { runId: id, workstationId: workstation },
    orderBy: { id: "desc" },
    select: { resourceId: true },
  });
  return models.find((model) => model.id === call?.resourceId) ?? null;
}

const row = z.object({
  id: z.string(),
  name: z.string(),
  api: z.enum(MODEL_APIS),
  workstations: z.union([z.literal("*"), z.array(z.string())]),
});

/** The models of the policy; of a workstation those that are open to it. */
async function modelsOf(tx: JobsTransaction, workstation: string | null): Promise<Model[]> {
  const rows = await tx.gateModelView.findMany();
  return rows.flatMap((each) => {
    const read = row.safeParse(each);
    if (!read.success) return [];
    const { workstations, ...model } = read.data;
    const isOpen = workstation === null || workstations === "*" || workstations.includes(workstation);
    return isOpen ? [model] : [];
  });
}
