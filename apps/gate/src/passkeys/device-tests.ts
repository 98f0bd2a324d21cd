/**
 * A test on a device: a person's passkey signs there, after the device has shown a test notification. A ceremony of its own with its own
 * domain tag: it decides nothing, opens no session and is no statement (attack W14).
 */
import { randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import { testChallenge } from "@nightgate/evidence/challenge";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { DeviceTests } from "../core/people-ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import { assertionOptions, checkAssertion, readAssertion } from "./webauthn.ts";

interface DeviceTestsDeps {
  db: GateDatabase;
  identity: GateIdentity;
  challenges: Challenges;
  people: People;
  clock: Clock;
}

const context = z.object({ subscription: z.string().nullable(), device: z.string() });
type Tested = z.infer<typeof context>;

export function createDeviceTests(deps: DeviceTestsDeps): DeviceTests {
  const { db, identity, challenges, people } = deps;
  return {
    list: async (person) =>
      await db.asNobody(
        async (tx) =>
          await tx.gateDeviceTests.findMany({
            where: { personId: person },
            select: { subscriptionId: true, device: true, signedAt: true },
            orderBy: { id: "desc" },
          }),
      ),
    begin: async (person, { subscription, name }) => {
      const device = subscription === null ? name : await nameOfShown(deps, person, subscription);
      const usable = await people.passkeysOf(person);
      if (usable.length === 0) throw new Problem("passkey.unknown", {});
      const nonce = randomBytes(32).toString("base64url");
      const challenge = testChallenge(identity.installation, person, nonce);
      const kept: Tested = { subscription, device };
      await challenges.put({ purpose: "test", challenge, person, context: kept });
      return await assertionOptions(identity, { challenge, credentials: usable });
    },
    finish: async (person, answer) => {
      const { challenge, kept: assertion } = readAssertion(answer);
      const taken = await challenges.take("test", challenge);
      if (taken?.person !== person) throw new Problem("challenge.unusable", {});
      const tested = context.parse(taken.context);
      const passkey = await people.passkey(assertion.credential);
      if (!passkey || passkey.person !== person) throw new Problem("passkey.unknown", {});
      if (assertion.userHandle !== null && assertion.userHandle !== passkey.handle)
        throw new Problem("passkey.refused", { why: "it names another person" });
      const { credential, publicKey, counter } = passkey;
      const next = await checkAssertion(identity, assertion, { challenge, credential, publicKey, counter });
      await people.used(credential, next);
      if (tested.subscription !== null) await nameOfShown(deps, person, tested.subscription);
      await record(deps, person, tested);
    },
  };
}

/** The device's name. Throws Problem not-found for one that is not the person's, push.not-shown for one that has not rung. */
async function nameOfShown({ db }: DeviceTestsDeps, person: string, subscription: string): Promise<string> {
  const row = await db.asNobody(
    async (tx) => await tx.gatePushSubscriptions.findFirst({ where: { id: subscription, personId: person } }),
  );
  if (row === null) throw new Problem("not-found", { what: "such device" });
  if (row.shownAt === null) throw new Problem("push.not-shown", {});
  return row.device;
}

/** One row per device: a later test renews it. */
async function record({ db, clock }: DeviceTestsDeps, person: string, tested: Tested): Promise<void> {
  const signedAt = new Date(clock.now());
  const { subscription: subscriptionId, device } = tested;
  await db.asNobody(async (tx) => {
    const which = { personId: person, subscriptionId, ...(subscriptionId === null ? { device } : {}) };
    const { count } = await tx.gateDeviceTests.updateMany({ where: which, data: { signedAt } });
    if (count === 0)
      await tx.gateDeviceTests.create({ data: { personId: person, subscriptionId, device, signedAt } });
  });
}
