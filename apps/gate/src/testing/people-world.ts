/** A gate with a founder, and more people: what the tests about persons share. */
import { createHash, randomBytes } from "node:crypto";
import type { cloneDatabase } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import pg from "pg";
import type { PeopleServices } from "../core/people-ports.ts";
import { openPushGate, type PushGate } from "./push-gate.ts";
import { approve, type Founder, ORIGIN, RP_ID, settled } from "./test-core.ts";

const DEVICE = { userAgent: "test", address: "127.0.0.1" };

export interface PeopleWorld extends PushGate {
  persons(): PeopleServices;
  /** SQL as web: what a thief of web's whole database role can do. */
  asWeb(organization: string, sql: string, ...values: unknown[]): Promise<void>;
  /** An invitation as web makes it. */
  invitation(
    organization: string,
    role?: string,
    more?: { expires?: string },
  ): Promise<{ organization: string; token: string }>;
  /** Somebody new who joins with a passkey of their own. */
  join(organization: string, role?: string, name?: string): Promise<Founder>;
  signIn(who: Founder): Promise<{ token: string }>;
  roleOf(who: Founder, organization?: string): Promise<string | undefined>;
  /** Asks for a seat and has the founder sign for it; answers the words of the key. */
  makeApprover(who: Founder): Promise<string>;
  /** What the verifier says of the log; null when all is well. */
  verified(organization?: string): Promise<unknown>;
}

export const device = (): SoftwareAuthenticator =>
  createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });

/** `server` is `inject("postgres")`. */
export async function openPeopleWorld(server: Parameters<typeof cloneDatabase>[0]): Promise<PeopleWorld> {
  const t = await openPushGate(server);
  const persons = (): PeopleServices => t.gate.core.persons;
  const world: PeopleWorld = {
    ...t,
    persons,
    asWeb: async (organization, sql, ...values) => {
      const client = new pg.Client({ connectionString: t.gate.database.urls.web });
      await client.connect();
      try {
        await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
        await client.query(sql, values);
      } finally {
        await client.end();
      }
    },
    invitation: async (organization, role = "member", more = {}) => {
      const token = randomBytes(32).toString("base64url");
      await world.asWeb(
        organization,
        "INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'x') ON CONFLICT DO NOTHING",
        organization,
      );
      await world.asWeb(
        organization,
        `INSERT INTO control.invitations (organization_id, id, token_digest, role, invited_by, expires_at)
         VALUES ($1, $2, $3, $4, 'per_x', now() + $5::interval)`,
        organization,
        newId("invitation"),
        createHash("sha256").update(token).digest("hex"),
        role,
        more.expires ?? "1 day",
      );
      return { organization, token };
    },
    join: async (organization, role = "member", name = "Bo") => {
      const link = await world.invitation(organization, role);
      const authenticator = device();
      const options = await persons().joining.begin(link, name);
      const joined = await persons().joining.finish(authenticator.create(options), DEVICE);
      return { person: joined.person, organization, foundingHold: "", authenticator };
    },
    signIn: async (who) => {
      const { passkeys } = t.gate.core;
      return await passkeys.finishSignIn(who.authenticator.get(await passkeys.beginSignIn()), "test");
    },
    roleOf: async (who, organization = who.organization) => {
      const { token } = await world.signIn(who);
      const session = await t.gate.core.passkeys.session(token);
      return session?.organizations.find((each) => each.id === organization)?.role;
    },
    makeApprover: async (who) => {
      const { candidacies } = persons();
      const options = await candidacies.begin(who.person, who.organization);
      const asked = await candidacies.finish(who.person, who.organization, who.authenticator.get(options));
      const hold = await candidacies.propose(t.ada.person, t.ada.organization, who.person);
      await approve(t.gate, t.ada, hold.id);
      await settled(t.gate, t.ada, hold.id);
      return asked.words;
    },
    verified: async (organization = t.ada.organization) =>
      (await t.gate.core.receipts.verify(organization)).firstBad,
  };
  return world;
}
