/** Signing in: a ceremony of its own with its own domain tag, never an action. Its assertion makes a session and can decide nothing (attack W14). */
import { randomBytes } from "node:crypto";
import { signInChallenge } from "@nightgate/evidence/challenge";
import { Problem } from "@nightgate/shared/problems";
import type { Passkeys } from "../core/ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import type { Sessions } from "../store/sessions.ts";
import { assertionOptions, checkAssertion, readAssertion } from "./webauthn.ts";

export interface SignInDeps {
  identity: GateIdentity;
  challenges: Challenges;
  people: People;
  sessions: Sessions;
  /** Called after each sign-in: an organization whose founding was interrupted is founded on. */
  afterSignIn(person: string): Promise<void>;
}

export function createSignIn(
  deps: SignInDeps,
): Pick<Passkeys, "beginSignIn" | "finishSignIn" | "session" | "signOut"> {
  const { identity, challenges, people, sessions } = deps;
  return {
    beginSignIn: async () => {
      const challenge = signInChallenge(identity.installation, randomBytes(32).toString("base64url"));
      await challenges.put({ purpose: "sign-in", challenge, person: null, context: {} });
      return await assertionOptions(identity, { challenge, credentials: [] });
    },
    finishSignIn: async (answer, userAgent, address) => {
      const { challenge, kept } = readAssertion(answer);
      if (!(await challenges.take("sign-in", challenge))) throw new Problem("challenge.unusable", {});
      const passkey = await people.passkey(kept.credential);
      if (!passkey) throw new Problem("passkey.unknown", {});
      // The library does not compare them: an authenticator that claims to be somebody else is refused.
      if (kept.userHandle !== null && kept.userHandle !== passkey.handle)
        throw new Problem("passkey.refused", { why: "it names another person" });
      const counter = await checkAssertion(identity, kept, {
        challenge,
        credential: passkey.credential,
        publicKey: passkey.publicKey,
        counter: passkey.counter,
      });
      await people.used(passkey.credential, counter);
      await deps.afterSignIn(passkey.person);
      const signedIn = await people.signedIn(passkey.person);
      if (!signedIn) throw new Problem("passkey.unknown", {});
      return { token: await sessions.create(passkey.person, userAgent, address), signedIn };
    },
    session: async (token) => {
      const person = await sessions.person(token);
      return person === null ? null : await people.signedIn(person);
    },
    signOut: async (token) => await sessions.end(token),
  };
}
