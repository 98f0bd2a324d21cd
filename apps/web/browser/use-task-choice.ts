"use client";
import type { ModelApi } from "@nightgate/shared/agent-models";
/** What a new task is for: the last choice is kept, and what it cannot have falls away. */
import { useState } from "react";
import { agentsOffered } from "../features/shell/present.ts";
import type { NewTaskChoice } from "../features/shell/queries.ts";

export interface TaskChoice {
  workstation: string;
  agent: string;
  repository: string | null;
  agents: string[];
  /** What to say about agents that have no model here; null where all have one. */
  withoutModel: string | null;
  repositories: NewTaskChoice["repositories"];
  setWorkstation: (id: string) => void;
  setAgent: (agent: string) => void;
  setRepository: (id: string) => void;
}

interface Wanted {
  workstation?: string;
  agent?: string;
  /** Empty: none is wanted. */
  repository?: string;
}

const KEY = "nightgate.new-task-choice";

export function useTaskChoice(choice: NewTaskChoice): TaskChoice {
  const [wanted, setWanted] = useState<Wanted>(kept);
  const want = (change: Wanted): void => {
    const next = { ...wanted, ...change };
    setWanted(next);
    keep(next);
  };
  const workstation = chosenWorkstation(choice, wanted);
  const offer = agentsOffered(workstation?.agents ?? [], modelApis(choice, workstation?.id));
  const agents = offer.agents;
  const repositories = choice.repositories.filter(
    (row) => row.workstations === "*" || (workstation && row.workstations.includes(workstation.id)),
  );
  const repository =
    wanted.repository === ""
      ? undefined
      : (repositories.find((row) => row.id === wanted.repository) ?? repositories[0]);
  return {
    workstation: workstation?.id ?? "",
    agent: agents.find((agent) => agent === wanted.agent) ?? agents[0] ?? "claude",
    repository: repository?.id ?? null,
    agents,
    withoutModel: offer.withoutModel,
    repositories,
    setWorkstation: (id) => want({ workstation: id }),
    setAgent: (agent) => want({ agent }),
    setRepository: (id) => want({ repository: id }),
  };
}

function modelApis(choice: NewTaskChoice, workstation: string | undefined): ReadonlySet<ModelApi> {
  const open = choice.models.filter(
    (row) =>
      row.workstations === "*" || (workstation !== undefined && row.workstations.includes(workstation)),
  );
  return new Set(open.map((row) => row.api));
}

function chosenWorkstation(
  choice: NewTaskChoice,
  wanted: Wanted,
): NewTaskChoice["workstations"][number] | undefined {
  const { workstations } = choice;
  return (
    workstations.find((row) => row.id === wanted.workstation) ??
    workstations.find((row) => row.state === "ready") ??
    workstations[0]
  );
}

function kept(): Wanted {
  if (typeof window === "undefined") return {};
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Wanted) : {};
  } catch {
    return {}; // Nothing readable is kept: the defaults do.
  }
}

function keep(wanted: Wanted): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(wanted));
  } catch {
    return; // A browser without storage chooses anew each time.
  }
}
