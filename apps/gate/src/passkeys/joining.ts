/** Joining by an invitation: with a passkey that is made for it, or as somebody who is here already. An invitation is used once and makes no approver. */
import { createHash, randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import { enrolmentChallenge } from "@nightgate/evidence/challenge";
import type { Clock } from "@nightgate/shared/clock";
import { newId, organizationId, personId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Joining, LinkSecret } from "../core/people-ports.ts";
import type { Admission, GateIdentity, Store } from "../core/store-ports.ts";
import { findInvitation, type UsableInvitation } from "../store/admissions.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import type { Sessions } from "../store/sessions.ts";
import { checkRegistration, readRegistration, registrationOptions } from "./webauthn.ts";

export interface JoiningDeps {
  identity: GateIdentity;
  db: GateDatabase;
  store: Pick<Store, "write">;
  challenges: Challenges;
  people: People;
  sessions: Sessions;
  clock: Clock;
}

const joining = z.object({
  what: z.literal("join"),
  organization: organizationId,
  tokenDigest: z.string(),
  person: personId,
  handle: z.string(),
  personName: z.string(),
});

export function createJoining(deps: JoiningDeps): Joining {
  const { identity, challenges, people, sessions } = deps;
  return {
    look: async (link) => {
      const { invitation, organizationName } = await find(deps, link);
      return { organizationName, role: invitation.role, expiresAt: invitation.expiresAt };
    },
    begin: async (link, personName) => {
      await find(deps, link);
      const person = newId("person");
      const handle = randomBytes(32).toString("base64url");
      const nonce = randomBytes(32).toString("base64url");
      const challenge = enrolmentChallenge(identity.installation, person, nonce);
      const { organization, token } = link;
      const tokenDigest = digestOf(token);
      const context: z.infer<typeof joining> = {
        what: "join",
        organization,
        tokenDigest,
        person,
        handle,
        personName,
      };
      await challenges.put({ purpose: "enroll", challenge, person: null, context });
      return await registrationOptions(identity, { challenge, handle, personName, exclude: [] });
    },
    finish: async (answer, device) => {
      const read = readRegistration(answer);
      const context = joining.safeParse((await challenges.take("enroll", read.challenge))?.context);
      if (!context.success) throw new Problem("challenge.unusable", {});
      const { organization, tokenDigest, person, handle, personName } = context.data;
      const made = await checkRegistration(identity, read);
      if (await people.passkey(made.credential))
        throw new Problem("passkey.refused", { why: "it is enrolled already" });
      const passkey = { ...made, person, name: "First passkey" };
      await admit(deps, organization, {
        tokenDigest,
        person: { id: person, name: personName },
        enrolment: { handle, passkey },
      });
      return { token: await sessions.create(person, device.userAgent, device.address), person, organization };
    },
    accept: async (id, link) => {
      const [person] = [await people.person(id), await find(deps, link)];
      if (!person) throw new Problem("sign-in.required", {});
      const { organization, token } = link;
      await admit(deps, organization, {
        tokenDigest: digestOf(token),
        person: { id, name: person.name },
        enrolment: null,
      });
      return { organization };
    },
  };
}

async function admit(deps: JoiningDeps, organization: string, admission: Admission): Promise<void> {
  if (!(await deps.store.write(organization, async (unit) => await unit.admit(admission))))
    throw new Problem("invitation.unusable", {});
}

/** Unknown, used, taken back, expired, another tenant's: one answer for all of them, so that nothing can be told apart. */
async function find(
  { db, clock }: JoiningDeps,
  { organization, token }: LinkSecret,
): Promise<{ invitation: UsableInvitation; organizationName: string }> {
  if (!organizationId.safeParse(organization).success) throw new Problem("invitation.unusable", {});
  const found = await db.asOrganization(organization, async (tx) => {
    const invitation = await findInvitation(tx, digestOf(token), new Date(clock.now()));
    const row = await tx.gateOrganizations.findUnique({
      where: { organizationId: organization },
      select: { name: true },
    });
    return invitation && row ? { invitation, organizationName: row.name } : null;
  });
  if (!found) throw new Problem("invitation.unusable", {});
  return found;
}

/** What is kept of a link's secret. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
