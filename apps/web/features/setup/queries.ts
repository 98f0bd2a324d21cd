/** Where set-up stands, from what the provisioner, the runner and the gate say; web remembers nothing of its own about it. */
import { addresses } from "../../server/addresses.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { listWorkstations, readImage, resourcesOf } from "../workstations/queries.ts";
import { type SetupView, setupView } from "./present.ts";

export interface SetupPage {
  setup: SetupView;
  mayChange: boolean;
  addHref: string;
  rehearsalHref: string;
  notificationsHref: string;
}

export async function openSetup(member: Member): Promise<SetupPage> {
  const { gateOrigin, webOrigin, rehearsal } = addresses();
  return await asMember(member, async (tx) => {
    const workstations = await listWorkstations(tx);
    const workstation = workstations.find((row) => row.state === "ready") ?? workstations[0] ?? null;
    const firstJob = await tx.jobsJobs.findFirst({ orderBy: { createdAt: "asc" }, select: { id: true } });
    const device = await tx.gateDeviceView.findFirst({
      where: { personId: member.person },
      orderBy: [{ rings: "desc" }, { id: "desc" }],
    });
    const setup = setupView({
      image: await readImage(tx),
      workstation,
      resources: workstation ? await resourcesOf(tx, workstation.id) : [],
      firstTask: firstJob?.id ?? null,
      device: device === null ? null : { name: device.device ?? "", rings: device.rings === true },
      phoneCanReach: !/(^|\.)localhost$/.test(new URL(gateOrigin).hostname),
      rehearsalOffered: rehearsal,
    });
    const query = new URLSearchParams({
      organization: member.organization,
      workstation: workstation?.id ?? "",
      return: `${webOrigin}/setup`,
    });
    return {
      setup,
      mayChange: may(member, "workstations.change"),
      addHref: `${gateOrigin}/setup/add?${query}`,
      rehearsalHref: `${gateOrigin}/setup/add?${query}#try-without-a-key`,
      notificationsHref: `${gateOrigin}/notifications?${new URLSearchParams({ return: `${webOrigin}/setup` })}`,
    };
  });
}
