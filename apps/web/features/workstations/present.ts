/** Every field of a workstation that leaves the server, listed; and what its several sources (wanted, fleet, runner) mean together. */
import type { ModelApi } from "@nightgate/shared/agent-models";
import type { Resource } from "@nightgate/shared/policy";
import { milliseconds } from "../../server/plain.ts";

/** What a person needs to know: the wanted state, the container as seen, and whether agentd has called home, as one word. */
export type WorkstationState =
  | "waiting"
  | "creating"
  | "starting"
  | "ready"
  | "stopping"
  | "stopped"
  | "failed"
  | "removing"
  | "removed";

export interface WorkstationView {
  id: string;
  name: string;
  wanted: "running" | "stopped" | "removed";
  state: WorkstationState;
  /** The provisioner's sentence: what it waits for, or what went wrong. */
  detail: string;
  /** The agents that agentd reports; empty until it is connected. */
  agents: string[];
  cpus: number;
  memoryBytes: number;
  pids: number;
  startedAt: number | null;
  createdAt: number;
}

export interface WorkstationRow {
  id: string;
  name: string;
  wanted: string;
  cpus: { toNumber(): number };
  memoryBytes: bigint;
  pids: number;
  createdAt: Date;
}
export interface FleetRow {
  state: string;
  detail: string;
  startedAt: Date | null;
}
export interface ConnectionRow {
  connected: boolean;
  agents: unknown;
}

export function presentWorkstation(
  row: WorkstationRow,
  fleet: FleetRow | undefined,
  connection: ConnectionRow | undefined,
): WorkstationView {
  const wanted = row.wanted === "stopped" || row.wanted === "removed" ? row.wanted : "running";
  const connected = connection?.connected === true;
  const agents = Array.isArray(connection?.agents)
    ? connection.agents.filter((agent): agent is string => typeof agent === "string")
    : [];
  return {
    id: row.id,
    name: row.name,
    wanted,
    state: stateOf(wanted, fleet?.state, connected),
    detail: fleet?.detail ?? "",
    agents,
    cpus: row.cpus.toNumber(),
    memoryBytes: Number(row.memoryBytes),
    pids: row.pids,
    startedAt: milliseconds(fleet?.startedAt ?? null),
    createdAt: row.createdAt.getTime(),
  };
}

function stateOf(
  wanted: WorkstationView["wanted"],
  seen: string | undefined,
  connected: boolean,
): WorkstationState {
  if (wanted === "removed") return seen === "removed" ? "removed" : "removing";
  if (seen === "failed") return "failed";
  if (wanted === "stopped") return seen === "running" || seen === "creating" ? "stopping" : "stopped";
  if (seen === "creating") return "creating";
  if (seen === "running") return connected ? "ready" : "starting";
  return seen === "stopped" ? "starting" : "waiting";
}

/** True when a resource of the policy is open to this workstation. */
export function isBound(binding: Resource["workstations"], workstation: string): boolean {
  return binding === "*" || binding.includes(workstation);
}

/** A resource as web may show it: what it is and where it leads, and whether the gate has a credential for it. */
export interface ResourceView {
  id: string;
  kind: Resource["kind"];
  name: string;
  /** The URL, or the hosts. */
  target: string;
  /** Null where none is needed. */
  credential: boolean | null;
  everywhere: boolean;
  rehearsal: boolean;
  /** What happens to a push; null for others. */
  push: "hold" | "deny" | null;
  /** What a model speaks; null for others. */
  api: ModelApi | null;
}

/** `secrets` are the ids of resources that have an active secret. */
export function presentResource(resource: Resource, secrets: ReadonlySet<string>): ResourceView {
  return {
    id: resource.id,
    kind: resource.kind,
    name: resource.name,
    target: resource.kind === "http" ? resource.hosts.join(", ") : resource.url,
    credential: resource.kind === "http" ? null : secrets.has(resource.id),
    everywhere: resource.workstations === "*",
    rehearsal: resource.kind === "http" ? false : resource.rehearsal,
    push: resource.kind === "git" ? resource.push : null,
    api: resource.kind === "model" ? resource.api : null,
  };
}
