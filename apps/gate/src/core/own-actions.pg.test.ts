import { jcsDigest } from "@nightgate/evidence/jcs";
import type { PolicyDocument } from "@nightgate/shared/policy";
import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, enrol, type Founder, ORIGIN, reject, RP_ID, settled } from "../testing/test-core.ts";
import type { Hold } from "./ports.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());

const current = async (): Promise<PolicyDocument> => await t.gate.core.policies.current(t.ada.organization);
const propose = async (resources: PolicyDocument["resources"]): Promise<Hold> =>
  await t.gate.core.policyChanges.propose(t.ada.person, t.ada.organization, { resources, secrets: [] });

/** A further passkey of Ada's, proposed and not approved. */
async function addPasskey(name: string): Promise<{ hold: string; phone: Founder }> {
  const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
  const answer = authenticator.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
  const { hold } = await t.gate.core.passkeys.finishAdd(t.ada.person, t.ada.organization, answer, name);
  return { hold, phone: { ...t.ada, authenticator } };
}

describe("a further passkey", () => {
  test("decides nothing and signs in nowhere until an old one has signed for it; then it is in the policy", async () => {
    const { hold, phone } = await addPasskey("Phone");
    const before = await current();
    const push = await t.fresh();
    await expect(approve(t.gate, phone, push.id)).rejects.toThrow(/None of this authenticator's passkeys/);
    await expect(
      t.gate.core.passkeys.finishSignIn(
        phone.authenticator.get(await t.gate.core.passkeys.beginSignIn()),
        "",
      ),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    await approve(t.gate, t.ada, hold);
    expect((await settled(t.gate, t.ada, hold)).state).toBe("released");
    const after = await current();
    expect(after.version).toBe(before.version + 1);
    expect(after.approvers[0]?.passkeys.map((passkey) => passkey.name)).toEqual(["First passkey", "Phone"]);
    await approve(t.gate, phone, push.id);
    expect((await settled(t.gate, t.ada, push.id)).state).toBe("released");
    expect(await t.gate.core.passkeys.list(t.ada.person)).toHaveLength(2);
  });

  test("W11: its answer counts once, for the person who asked, and not for an enrolment", async () => {
    const eve = await enrol(t.gate, "Eve");
    const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    const answer = authenticator.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
    const { finishAdd, finishEnrolment } = t.gate.core.passkeys;
    await expect(finishAdd(eve.person, eve.organization, answer, "Mine")).rejects.toMatchObject({
      code: "challenge.unusable",
    });
    await expect(finishAdd(t.ada.person, t.ada.organization, answer, "Mine")).rejects.toMatchObject({
      code: "challenge.unusable",
    });
    const another = authenticator.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
    await expect(finishEnrolment(another, "")).rejects.toMatchObject({ code: "challenge.unusable" });
  });

  test("of a member who is no approver signs in, and changes no policy", async () => {
    const eve = await enrol(t.gate, "Trudy");
    await t.forge(
      "INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'member')",
      t.ada.organization,
      eve.person,
    );
    const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    const answer = authenticator.create(await t.gate.core.passkeys.beginAdd(eve.person));
    const { hold } = await t.gate.core.passkeys.finishAdd(eve.person, t.ada.organization, answer, "Phone");
    const before = await current();
    await approve(t.gate, t.ada, hold);
    expect(await settled(t.gate, t.ada, hold)).toMatchObject({
      state: "released",
      words: expect.stringContaining("can sign in") as string,
    });
    expect(await current()).toEqual(before);
    const { signedIn } = await t.gate.core.passkeys.finishSignIn(
      authenticator.get(await t.gate.core.passkeys.beginSignIn()),
      "",
    );
    expect(signedIn.person).toBe(eve.person);
  });
});

describe("a change of policy", () => {
  test("a newer proposal takes the place of one that nobody signed", async () => {
    const { resources } = await current();
    const [first, second] = [await propose(resources.slice(0, 1)), await propose(resources.slice(0, 2))];
    expect((await t.now(first)).state).toBe("superseded");
    await reject(t.gate, t.ada, second.id, "No.");
  });

  test("V5: one that was made for an older version cannot be signed, and if it was signed before, changes nothing", async () => {
    const stale = await propose((await current()).resources.slice(0, 1));
    await t.approveAndStop(stale);
    await t.gate.restart();
    const { hold } = await addPasskey("Laptop");
    await approve(t.gate, t.ada, hold);
    await settled(t.gate, t.ada, hold);
    const before = await current();
    await t.gate.core.releases.recover();
    expect(await settled(t.gate, t.ada, stale.id)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("Nothing was changed") as string,
    });
    expect(await current()).toEqual(before);
  });

  test("what cannot be a policy is refused before anybody is asked", async () => {
    const { resources } = await current();
    const [first] = resources;
    await expect(propose([...resources, ...(first ? [first] : [])])).rejects.toMatchObject({
      code: "input.invalid",
    });
    await expect(
      propose([{ kind: "git", id: "res_x" } as unknown as PolicyDocument["resources"][number]]),
    ).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("D1: stopped after the disk's pin and before the rows, the next start writes the rows", async () => {
    const hold = await propose((await current()).resources.slice(0, 2));
    await t.approveAndStop(hold);
    const { store, journal, pins } = t.gate.core;
    await store.write(hold.organization, async (unit) => {
      await unit.moveHold(hold.id, { from: "approved", to: "releasing" }, {});
      unit.receipt({ kind: "release.started", hold: hold.id, actionDigest: hold.actionDigest });
    });
    const { document, to } = hold.action as Extract<Hold["action"], { kind: "policy.change" }>;
    journal.dispatched({
      at: new Date().toISOString(),
      organization: hold.organization,
      hold: hold.id,
      actionDigest: hold.actionDigest,
      marker: {},
    });
    pins.setPolicy(hold.organization, { version: to, document: jcsDigest(document), hold: hold.id });
    await t.gate.restart();
    await expect(current()).rejects.toMatchObject({ code: "policy.unreadable" });
    await t.gate.core.releases.recover();
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
    expect(await current()).toEqual(document);
  });

  test("D1: stopped before the disk's pin, nothing was changed", async () => {
    const before = await current();
    const hold = await propose(before.resources.slice(0, 1));
    await t.approveAndStop(hold);
    const { store, journal } = t.gate.core;
    await store.write(hold.organization, async (unit) => {
      await unit.moveHold(hold.id, { from: "approved", to: "releasing" }, {});
      unit.receipt({ kind: "release.started", hold: hold.id, actionDigest: hold.actionDigest });
    });
    journal.dispatched({
      at: new Date().toISOString(),
      organization: hold.organization,
      hold: hold.id,
      actionDigest: hold.actionDigest,
      marker: {},
    });
    await t.startAgain();
    expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({ state: "failed" });
    expect(await current()).toEqual(before);
  });
});

test("only a hold whose outcome is unknown can be settled by a person", async () => {
  const hold = await t.fresh();
  await expect(
    t.gate.core.policyChanges.proposeSettle(t.ada.person, t.ada.organization, hold.id, "released"),
  ).rejects.toMatchObject({ code: "hold.not-unknown" });
});

test("a founder whose founding was interrupted, or expired, finds it again after signing in", async () => {
  const eve = await enrol(t.gate, "Late");
  await t.gate.core.holds.withdraw(eve.organization, eve.foundingHold, "Interrupted.");
  await t.gate.core.passkeys.finishSignIn(
    eve.authenticator.get(await t.gate.core.passkeys.beginSignIn()),
    "",
  );
  const [again] = await t.gate.core.holds.list(eve.organization, { states: ["pending"] });
  await approve(t.gate, eve, again?.id ?? "");
  expect((await settled(t.gate, eve, again?.id ?? "")).state).toBe("released");
  expect((await t.gate.core.policies.current(eve.organization)).version).toBe(1);
});

test("invariant 11: after all of this the log verifies, with every version of the policy", async () => {
  expect(await t.gate.core.receipts.verify(t.ada.organization)).toMatchObject({ firstBad: null });
});
