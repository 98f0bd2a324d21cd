/** Which agents a new task can be given to, and the sentence about the others. Pure. */
import { API_TITLES, APIS_OF_AGENT, type ModelApi } from "@nightgate/shared/agent-models";
import type { AgentName } from "@nightgate/shared/agentd-protocol";

export interface AgentOffer {
  agents: AgentName[];
  withoutModel: string | null;
}

/** `agents` are on the workstation; `apis` are those of the models that it may use. Where no agent has a model all are offered: the task waits for one. */
export function agentsOffered(agents: readonly AgentName[], apis: ReadonlySet<ModelApi>): AgentOffer {
  const fits = (agent: AgentName): boolean => APIS_OF_AGENT[agent].some((api) => apis.has(api));
  const offered = agents.filter(fits);
  const missing = agents.filter((agent) => !fits(agent));
  if (offered.length === 0)
    return {
      agents: [...agents],
      withoutModel: "No model is open to this workstation yet: add one in set-up.",
    };
  return { agents: offered, withoutModel: missing.length === 0 ? null : missing.map(sentence).join(" ") };
}

function sentence(agent: AgentName): string {
  const apis = APIS_OF_AGENT[agent].map((api) => API_TITLES[api]).join(" or ");
  return `${agent} needs a model with ${apis}’s API; an approver can add one on the gate.`;
}
