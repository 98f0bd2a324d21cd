/** A person lets a program in or turns it away, for the organization that the page has shown them. */
import { Problem } from "@nightgate/shared/problems";
import type { z } from "zod";
import { mustBeAllowed } from "../../server/may.ts";
import type { Member } from "../../server/member.ts";
import { decideAuthorization } from "./authorization.ts";
import { decideDeviceLogin } from "./device-decisions.ts";
import type { consentInput, deviceDecisionInput } from "./schema.ts";

/** Answers where the browser goes next. */
export async function consent(
  member: Member,
  { request, decision, organization }: z.infer<typeof consentInput>,
  address: string,
): Promise<{ location: string }> {
  refuseOther(member, organization, decision);
  return { location: await decideAuthorization(member, request, decision, address) };
}

export async function decideDevice(
  member: Member,
  { code, decision, organization }: z.infer<typeof deviceDecisionInput>,
): Promise<void> {
  refuseOther(member, organization, decision);
  await decideDeviceLogin(member, code, decision);
}

/** Another tab may have turned the session to another organization: what was shown is what is granted. */
function refuseOther(member: Member, organization: string, decision: string): void {
  if (member.organization !== organization)
    throw new Problem("input.invalid", {
      why: "another organization is open by now; reload the page and look again",
    });
  if (decision === "act") mustBeAllowed(member, "jobs.act");
}
