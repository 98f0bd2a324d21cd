/** What pages ask about workstations, scoped to the member who asks. */
import { addresses } from "../../server/addresses.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { TaskLine } from "../../ui/task-line-view.ts";
import { tasksOfWorkstation } from "../jobs/queries.ts";
import type { ResourceView, WorkstationView } from "./present.ts";
import { listWorkstations, readImage, readWorkstation, resourcesOf } from "./queries.ts";

export interface WorkstationPage {
  workstation: WorkstationView;
  resources: ResourceView[];
  tasks: TaskLine[];
  can: { change: boolean; remove: boolean };
  policyHref: string;
  addHref: string;
}

/** Null when the member's organization has no such workstation. */
export async function openWorkstation(member: Member, id: string): Promise<WorkstationPage | null> {
  const { gateOrigin, webOrigin } = addresses();
  return await asMember(member, async (tx) => {
    const workstation = await readWorkstation(tx, id);
    if (!workstation) return null;
    const back = encodeURIComponent(`${webOrigin}/workstations/${id}`);
    return {
      workstation,
      resources: await resourcesOf(tx, id),
      tasks: await tasksOfWorkstation(tx, id),
      can: { change: may(member, "workstations.change"), remove: may(member, "workstations.remove") },
      policyHref: `${gateOrigin}/policy?organization=${member.organization}`,
      addHref: `${gateOrigin}/setup/add?organization=${member.organization}&workstation=${id}&return=${back}`,
    };
  });
}

export async function openWorkstations(member: Member): Promise<{
  workstations: WorkstationView[];
  image: Awaited<ReturnType<typeof readImage>>;
  mayCreate: boolean;
}> {
  return await asMember(member, async (tx) => ({
    workstations: await listWorkstations(tx),
    image: await readImage(tx),
    mayCreate: may(member, "workstations.change"),
  }));
}
