import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  approve,
  enrol,
  found,
  openTestGate,
  ORIGIN,
  RP_ID,
  settled,
  type TestGate,
} from "../testing/test-core.ts";

let gate: TestGate;
beforeAll(async () => {
  gate = await openTestGate(inject("postgres"));
});
afterAll(async () => await gate.close());

test("the first passkey founds an organization, and its first policy counts once that passkey has signed it", async () => {
  const founder = await enrol(gate);
  await expect(gate.core.policies.current(founder.organization)).rejects.toThrow(/not signed yet/);
  await approve(gate, founder, founder.foundingHold);
  const hold = await settled(gate, founder, founder.foundingHold);
  expect(hold.state).toBe("released");
  const policy = await gate.core.policies.current(founder.organization);
  expect(policy.version).toBe(1);
  expect(policy.approvers.map((approver) => approver.person)).toEqual([founder.person]);
  expect(policy.resources).toHaveLength(1);
  expect(await gate.core.receipts.verify(founder.organization)).toMatchObject({ firstBad: null });
});

test("a person signs in again with the passkey, and signs out", async () => {
  const founder = await found(gate, "Grace");
  const { token, signedIn } = await gate.core.passkeys.finishSignIn(
    founder.authenticator.get(await gate.core.passkeys.beginSignIn()),
    "phone",
  );
  expect(signedIn).toMatchObject({
    person: founder.person,
    name: "Grace",
    organizations: [{ id: founder.organization, role: "owner" }],
  });
  expect(await gate.core.passkeys.session(token)).toEqual(signedIn);
  await gate.core.passkeys.signOut(token);
  expect(await gate.core.passkeys.session(token)).toBeNull();
});

test("a wrong enrolment code is counted, and after ten guesses the right one is void too", async () => {
  const code = gate.core.enrolmentCode.renew();
  const ask = async (guess: string): Promise<unknown> =>
    await gate.core.passkeys.beginEnrolment({ code: guess, personName: "Eve", organizationName: "Eve's" });
  for (let guess = 0; guess < 10; guess++)
    await expect(ask("AAAA-BBBB-CCCC")).rejects.toMatchObject({ code: "enrolment.code-wrong" });
  await expect(ask(code)).rejects.toMatchObject({
    code: "enrolment.code-wrong",
    details: { attemptsLeft: 0 },
  });
});

test("a code enrols once: of two who answer with it, one is enrolled", async () => {
  const code = gate.core.enrolmentCode.renew();
  const begin = async (name: string): Promise<unknown> =>
    await gate.core.passkeys.beginEnrolment({ code, personName: name, organizationName: name });
  const [first, second] = [await begin("One"), await begin("Two")];
  const make = (): ReturnType<typeof createSoftwareAuthenticator> =>
    createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
  const results = await Promise.allSettled([
    gate.core.passkeys.finishEnrolment(make().create(first), ""),
    gate.core.passkeys.finishEnrolment(make().create(second), ""),
  ]);
  expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test.each([
  ["another site", { origin: "http://evil.localhost:4601" }],
  ["another relying party", { rpId: "evil.localhost" }],
  ["another site's page", { crossOrigin: true }],
  ["an unverified person", { flags: 1 }],
  ["an assertion's type", { type: "webauthn.get" }],
])("a passkey made for %s is not enrolled", async (_what, lies) => {
  const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
  const options = await gate.core.passkeys.beginEnrolment({
    code: gate.core.enrolmentCode.renew(),
    personName: "Mallory",
    organizationName: "Mallory's",
  });
  await expect(
    gate.core.passkeys.finishEnrolment(authenticator.create(options, lies), ""),
  ).rejects.toMatchObject({ code: "passkey.refused" });
});
