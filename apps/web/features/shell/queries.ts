/** What every page of a member carries: who they are, what waits for them, and what a new task can be given. */
import type { ModelApi } from "@nightgate/shared/agent-models";
import { AGENTS, type AgentName } from "@nightgate/shared/agentd-protocol";
import { addresses } from "../../server/addresses.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { countWaitingHolds } from "../holds/queries.ts";
import { readOrganizations } from "../members/queries.ts";
import { isBound, type WorkstationState } from "../workstations/present.ts";
import { allResources, listWorkstations } from "../workstations/queries.ts";

export interface NewTaskChoice {
  workstations: { id: string; name: string; state: WorkstationState; agents: AgentName[] }[];
  repositories: { id: string; name: string; workstations: "*" | string[]; rehearsal: boolean }[];
  /** Those that have their key. */
  models: { api: ModelApi; workstations: "*" | string[] }[];
}

export interface ShellView {
  personName: string;
  organization: string;
  organizationName: string;
  /** All of the person's, for the switcher. */
  organizations: { id: string; name: string }[];
  gateOrigin: string;
  waitingHolds: number;
  mayStart: boolean;
  choice: NewTaskChoice;
}

/** Until a workstation has called home, the agent that every one of them has. */
const AGENTS_BEFORE_CONNECTION: AgentName[] = ["claude"];

export async function readShell(member: Member): Promise<ShellView> {
  const organizations = await readOrganizations(member);
  return await asMember(member, async (tx) => {
    const workstations = await listWorkstations(tx);
    const resources = await allResources(tx);
    return {
      personName: member.personName,
      organization: member.organization,
      organizationName: member.organizationName,
      organizations,
      gateOrigin: addresses().gateOrigin,
      waitingHolds: await countWaitingHolds(tx),
      mayStart: may(member, "jobs.act"),
      choice: {
        workstations: workstations.map((row) => ({
          id: row.id,
          name: row.name,
          state: row.state,
          agents: agentsOf(row.agents),
        })),
        repositories: resources
          .filter((entry) => entry.view.kind === "git")
          .map((entry) => ({
            id: entry.view.id,
            name: entry.view.name,
            workstations: entry.workstations,
            rehearsal: entry.view.rehearsal,
          })),
        models: resources.flatMap(({ view: { api, credential }, workstations: open }) =>
          api !== null && credential === true ? [{ api, workstations: open }] : [],
        ),
      },
    };
  });
}

/** The APIs of the models that a workstation may use and that have their key. */
export function modelApisFor(
  resources: Awaited<ReturnType<typeof allResources>>,
  workstation: string,
): ReadonlySet<ModelApi> {
  return new Set(
    resources.flatMap(({ view: { api, credential }, workstations }) =>
      api !== null && credential === true && isBound(workstations, workstation) ? [api] : [],
    ),
  );
}

/** The agents that it has; until it has called home, the one that every workstation has. */
export function agentsOf(reported: string[]): AgentName[] {
  const known = AGENTS.filter((agent) => reported.includes(agent));
  return known.length > 0 ? known : AGENTS_BEFORE_CONNECTION;
}
