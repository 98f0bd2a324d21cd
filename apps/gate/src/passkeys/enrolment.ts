/** New passkeys: the first one of a person who founds an organization (with the one-time code of the gate's host), and further ones (with an old one's signature). */
import { randomBytes } from "node:crypto";
import { enrolmentChallenge } from "@nightgate/evidence/challenge";
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import { newId, organizationId, personId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { HoldsCore } from "../core/holds.ts";
import { LIMITS } from "../core/limits.ts";
import { describeOwnAction } from "../core/own-cards.ts";
import type { Hold, Passkeys, Policies } from "../core/ports.ts";
import type { GateIdentity, Pins } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import type { Sessions } from "../store/sessions.ts";
import type { EnrolmentCode } from "./enrolment-code.ts";
import { checkRegistration, readRegistration, registrationOptions } from "./webauthn.ts";

export interface EnrolmentDeps {
  identity: GateIdentity;
  challenges: Challenges;
  people: People;
  sessions: Sessions;
  code: EnrolmentCode;
  pins: Pick<Pins, "setPolicy">;
  policies: Pick<Policies, "current">;
  holds: Pick<HoldsCore, "open">;
  ensureFounding(organization: string): Promise<Hold | null>;
}

const name = z.string().trim().min(1).max(100);
const founding = z.object({
  what: z.literal("found"),
  code: z.string(),
  person: personId,
  handle: z.string(),
  personName: name,
  organization: organizationId,
  organizationName: name,
});
const adding = z.object({ what: z.literal("add"), person: personId });

type Enrolment = Pick<Passkeys, "list" | "beginEnrolment" | "finishEnrolment" | "beginAdd" | "finishAdd">;

export function createEnrolment(deps: EnrolmentDeps): Enrolment {
  return { ...founder(deps), ...further(deps) };
}

function founder(deps: EnrolmentDeps): Pick<Enrolment, "beginEnrolment" | "finishEnrolment"> {
  const { identity, challenges, people } = deps;
  return {
    beginEnrolment: async (input) => {
      const [personName, organizationName] = [
        readName(input.personName, "your name"),
        readName(input.organizationName, "the organization's name"),
      ];
      const code = deps.code.check(input.code);
      const person = newId("person");
      const handle = randomBytes(32).toString("base64url");
      const challenge = enrolmentChallenge(
        identity.installation,
        person,
        randomBytes(32).toString("base64url"),
      );
      const context: z.infer<typeof founding> = {
        what: "found",
        code,
        person,
        handle,
        personName,
        organization: newId("organization"),
        organizationName,
      };
      await challenges.put({ purpose: "enroll", challenge, person: null, context });
      return await registrationOptions(identity, { challenge, handle, personName, exclude: [] });
    },
    finishEnrolment: async (answer, userAgent, address) => {
      const read = readRegistration(answer);
      const context = founding.safeParse((await challenges.take("enroll", read.challenge))?.context);
      if (!context.success) throw new Problem("challenge.unusable", {});
      const passkey = await checkRegistration(identity, read);
      const { code, person, handle, personName, organization, organizationName } = context.data;
      if (await people.passkey(passkey.credential))
        throw new Problem("passkey.refused", { why: "it is enrolled already" });
      // Used up before anything is made: of two who answer with one code, one goes on.
      if (!deps.code.consume(code)) throw new Problem("enrolment.code-wrong", { attemptsLeft: 0 });
      await people.found({
        person: { id: person, handle, name: personName },
        passkey: { ...passkey, person, name: "First passkey" },
        organization: { id: organization, name: organizationName },
      });
      deps.pins.setPolicy(organization, {
        version: 0,
        name: organizationName,
        founder: { person, name: personName, credential: passkey.credential, publicKey: passkey.publicKey },
      });
      const hold = await deps.ensureFounding(organization);
      if (!hold) throw new Problem("policy.unreadable", { why: "its founding was not kept" });
      return { token: await deps.sessions.create(person, userAgent, address), organization, hold: hold.id };
    },
  };
}

function further(deps: EnrolmentDeps): Pick<Enrolment, "list" | "beginAdd" | "finishAdd"> {
  const { identity, challenges, people } = deps;
  return {
    list: async (person) =>
      (await people.passkeysOf(person)).map(
        ({ credential, publicKey, name: label, createdAt, usedAt, backedUp }) => ({
          credential,
          publicKey,
          name: label,
          createdAt,
          usedAt,
          backedUp,
        }),
      ),
    beginAdd: async (id) => {
      const person = await people.person(id);
      if (!person) throw new Problem("passkey.unknown", {});
      const present = await people.passkeysOf(id);
      if (present.length >= LIMITS.passkeysPerPersonMax)
        throw new Problem("too-many", { what: "passkeys of one person", limit: LIMITS.passkeysPerPersonMax });
      const challenge = enrolmentChallenge(identity.installation, id, randomBytes(32).toString("base64url"));
      const context: z.infer<typeof adding> = { what: "add", person: id };
      await challenges.put({ purpose: "enroll", challenge, person: id, context });
      return await registrationOptions(identity, {
        challenge,
        handle: person.handle,
        personName: person.name,
        exclude: present.map((passkey) => passkey.credential),
      });
    },
    finishAdd: async (person, organization, answer, label) => {
      const read = readRegistration(answer);
      const context = adding.safeParse((await challenges.take("enroll", read.challenge))?.context);
      if (!context.success || context.data.person !== person) throw new Problem("challenge.unusable", {});
      if ((await people.roleIn(person, organization)) === null)
        throw new Problem("not-found", { what: "such organization" });
      const { credential, publicKey } = await checkRegistration(identity, read);
      if (await people.passkey(credential))
        throw new Problem("passkey.refused", { why: "it is enrolled already" });
      const action: PasskeyEnrollAction = {
        kind: "passkey.enroll",
        organization,
        person,
        name: readName(label, "the passkey's name"),
        credential,
        publicKey,
      };
      const personName = (await people.person(person))?.name ?? "";
      const card = describeOwnAction(action, await deps.policies.current(organization), personName);
      const hold = await deps.holds.open({
        action,
        card,
        caller: null,
        resource: null,
        agentWords: "",
        supersedes: null,
        keep: async () => undefined,
      });
      return { hold: hold.id };
    },
  };
}

function readName(raw: string, what: string): string {
  const parsed = name.safeParse(raw);
  if (!parsed.success) throw new Problem("input.invalid", { why: `${what} must have 1 to 100 characters` });
  return parsed.data;
}
