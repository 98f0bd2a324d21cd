/** Reads workstations from their three sources, and what the policy lets them use. */
import type { ControlTransaction } from "@nightgate/db/control";
import { type PolicyDocument, policyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import {
  presentResource,
  presentWorkstation,
  isBound,
  type ResourceView,
  type WorkstationView,
} from "./present.ts";

/** The organization's current policy as the gate shows it, or null when there is none or it cannot be read. It grants nothing here: the gate keeps its own. */
export async function readPolicy(tx: ControlTransaction): Promise<PolicyDocument | null> {
  const row = await tx.gatePolicyView.findFirst();
  const read = policyDocument.safeParse(row?.document);
  return read.success ? read.data : null;
}

/** All workstations that are not removed, oldest first. */
export async function listWorkstations(tx: ControlTransaction): Promise<WorkstationView[]> {
  const rows = await tx.controlWorkstations.findMany({
    where: { wanted: { not: "removed" } },
    orderBy: { createdAt: "asc" },
    take: limits.workstationsMax,
  });
  const ids = rows.map((row) => row.id);
  const fleet = new Map(
    (await tx.fleetWorkstations.findMany({ where: { workstationId: { in: ids } } })).map((row) => [
      row.workstationId,
      row,
    ]),
  );
  const connections = new Map(
    (await tx.jobsWorkstations.findMany({ where: { workstationId: { in: ids } } })).map((row) => [
      row.workstationId,
      row,
    ]),
  );
  return rows.map((row) => presentWorkstation(row, fleet.get(row.id), connections.get(row.id)));
}

/** One workstation, or null: another organization's reads like one that does not exist (invariant 9). */
export async function readWorkstation(tx: ControlTransaction, id: string): Promise<WorkstationView | null> {
  const row = await tx.controlWorkstations.findUnique({ where: { id } });
  if (!row) return null;
  const fleet = await tx.fleetWorkstations.findUnique({ where: { workstationId: id } });
  const connection = await tx.jobsWorkstations.findUnique({ where: { workstationId: id } });
  return presentWorkstation(row, fleet ?? undefined, connection ?? undefined);
}

/** The URL that the signed policy has for a repository; null for none. Problem not-found where this workstation may not use it. */
export async function urlOfRepository(
  tx: ControlTransaction,
  workstation: string,
  repository: string | null,
): Promise<string | null> {
  if (repository === null) return null;
  const resource = (await readPolicy(tx))?.resources.find((candidate) => candidate.id === repository);
  if (resource?.kind !== "git" || !isBound(resource.workstations, workstation))
    throw new Problem("not-found", { what: "such repository for this workstation" });
  return resource.url;
}

/** What this workstation may use. */
export async function resourcesOf(tx: ControlTransaction, workstation: string): Promise<ResourceView[]> {
  return (await allResources(tx))
    .filter((entry) => isBound(entry.workstations, workstation))
    .map((entry) => entry.view);
}

/** Every resource of the policy with the workstations that it is open to. */
export async function allResources(
  tx: ControlTransaction,
): Promise<{ workstations: "*" | string[]; view: ResourceView }[]> {
  const policy = await readPolicy(tx);
  if (!policy) return [];
  const secrets = new Set(
    (await tx.gateSecretView.findMany({ select: { resourceId: true } })).map((row) => row.resourceId),
  );
  return policy.resources.map((resource) => ({
    workstations: resource.workstations,
    view: presentResource(resource, secrets),
  }));
}

/** The workstation image as the provisioner makes it; null before it has begun. */
export async function readImage(tx: ControlTransaction): Promise<{
  state: "building" | "ready" | "failed";
  step: string;
  progress: number;
  detail: string;
} | null> {
  const row =
    (await tx.fleetImages.findFirst({ where: { state: "ready" }, orderBy: { updatedAt: "desc" } })) ??
    (await tx.fleetImages.findFirst({ orderBy: { updatedAt: "desc" } }));
  if (!row) return null;
  const state = row.state === "ready" || row.state === "failed" ? row.state : "building";
  return { state, step: row.step, progress: row.progress, detail: row.detail };
}
