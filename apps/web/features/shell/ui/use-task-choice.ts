"use client";
/** What a new task is for: the last choice is kept, and what it cannot have falls away. */
import { useState } from "react";
import type { NewTaskChoice } from "../queries.ts";

export interface TaskChoice {
  workstation: string;
  agent: string;
  repository: string | null;
  agents: string[];
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
  const agents = workstation?.agents ?? [];
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
    repositories,
    setWorkstation: (id) => want({ workstation: id }),
    setAgent: (agent) => want({ agent }),
    setRepository: (id) => want({ repository: id }),
  };
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
