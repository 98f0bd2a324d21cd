/** What a person signs about themselves with one of their passkeys, outside of any hold. Its domain tag is its own: it decides nothing (attack W14). */
import { randomBytes } from "node:crypto";
import {
  type PersonStatement,
  personStatement,
  type SignedStatement,
  statementChallenge,
} from "@nightgate/evidence/person-statement";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { CeremonyAnswer, CeremonyOptions } from "../core/ports.ts";
import type { GateIdentity, Store } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { PasskeyRow, People } from "../store/people.ts";
import { assertionOptions, checkAssertion, readAssertion } from "./webauthn.ts";

export interface StatementsDeps {
  identity: GateIdentity;
  challenges: Challenges;
  people: People;
  store: Pick<Store, "write">;
}

export interface Statements {
  /** WebAuthn options over the statement; `extra` comes back with the answer. `credentials`: which of the person's may sign; all when left out. */
  begin(
    person: string,
    statement: PersonStatement,
    options?: { extra?: Record<string, unknown>; credentials?: readonly string[] },
  ): Promise<CeremonyOptions>;
  /** Verifies the answer. Throws Problem challenge.unusable or passkey.refused. */
  finish(
    person: string,
    answer: CeremonyAnswer,
  ): Promise<{ signed: SignedStatement; passkey: PasskeyRow; extra: Record<string, unknown> }>;
  /** Writes what was signed into the log of each of the person's organizations. */
  record(signed: SignedStatement): Promise<void>;
}

const context = z.object({
  what: z.literal("statement"),
  statement: personStatement,
  nonce: z.string(),
  extra: z.record(z.string(), z.unknown()),
});

export function createStatements({ identity, challenges, people, store }: StatementsDeps): Statements {
  return {
    begin: async (person, statement, { extra = {}, credentials } = {}) => {
      const nonce = randomBytes(32).toString("base64url");
      const { installation } = identity;
      const challenge = statementChallenge({ installation, person, statement, nonce });
      const kept: z.infer<typeof context> = { what: "statement", statement, nonce, extra };
      await challenges.put({ purpose: "enroll", challenge, person, context: kept });
      const usable = (await people.passkeysOf(person)).filter(
        (passkey) => credentials === undefined || credentials.includes(passkey.credential),
      );
      if (usable.length === 0) throw new Problem("passkey.unknown", {});
      return await assertionOptions(identity, { challenge, credentials: usable });
    },
    finish: async (person, answer) => {
      const { challenge, kept: assertion } = readAssertion(answer);
      const taken = await challenges.take("enroll", challenge);
      const read = context.safeParse(taken?.context);
      if (!read.success || taken?.person !== person) throw new Problem("challenge.unusable", {});
      const passkey = await people.passkey(assertion.credential);
      if (!passkey || passkey.person !== person) throw new Problem("passkey.unknown", {});
      if (assertion.userHandle !== null && assertion.userHandle !== passkey.handle)
        throw new Problem("passkey.refused", { why: "it names another person" });
      const { credential, publicKey, counter } = passkey;
      const next = await checkAssertion(identity, assertion, { challenge, credential, publicKey, counter });
      await people.used(credential, next);
      const { statement, nonce, extra } = read.data;
      const signed = { person, credential, publicKey, statement, nonce, challenge, assertion };
      return { signed, passkey, extra };
    },
    record: async (signed) => {
      const { organizations = [] } = (await people.signedIn(signed.person)) ?? {};
      for (const { id } of organizations)
        await store.write(id, async (unit) => {
          // Before its founding is in the log, an organization has nothing to say of anybody.
          if (unit.logSize > 0) unit.receipt({ kind: "person.signed", signed });
        });
    },
  };
}
