/** How a person who is here already begins to make one more passkey, whatever lets it in later. */
import { randomBytes } from "node:crypto";
import { enrolmentChallenge } from "@nightgate/evidence/challenge";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../core/limits.ts";
import type { CeremonyOptions } from "../core/ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import { registrationOptions } from "./webauthn.ts";

/** Options to make a passkey of a person who exists; `context` comes back with the answer's challenge. */
export async function optionsFor(
  { identity, people, challenges }: { identity: GateIdentity; people: People; challenges: Challenges },
  person: string,
  context: Record<string, unknown>,
): Promise<CeremonyOptions> {
  const who = await people.person(person);
  if (!who) throw new Problem("passkey.unknown", {});
  const present = await people.passkeysOf(person);
  if (present.length >= LIMITS.passkeysPerPersonMax)
    throw new Problem("too-many", { what: "passkeys of one person", limit: LIMITS.passkeysPerPersonMax });
  const nonce = randomBytes(32).toString("base64url");
  const challenge = enrolmentChallenge(identity.installation, person, nonce);
  await challenges.put({ purpose: "enroll", challenge, person: null, context });
  const exclude = present.map((passkey) => passkey.credential);
  return await registrationOptions(identity, {
    challenge,
    handle: who.handle,
    personName: who.name,
    exclude,
  });
}
