/** W11: recovery by a printed code, by the gate's host and by another approver; what stops it, what hurries it, and that a crash in the middle loses nothing. */
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { openRecoveryFiles } from "../journal/recovery-files.ts";
import {
  approve,
  type Founder,
  found,
  openTestGate,
  ORIGIN,
  reject,
  RP_ID,
  settled,
  type TestGate,
} from "../testing/test-core.ts";
import { makeCode } from "./recovery-codes.ts";

/** Short enough that the test's clock stays within what the gate tolerates (30 s off Postgres). */
const DELAY_MS = 10_000;
let gate: TestGate;
let ahead = 0;
function later(ms: number): void {
  ahead += ms;
  gate.clock.advance(ms);
}
afterEach(() => {
  gate.clock.advance(-ahead);
  ahead = 0;
});

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { recoveryDelayMs: DELAY_MS });
});
afterAll(async () => await gate.close());

const recovery = (): TestGate["core"]["persons"]["recovery"] => gate.core.persons.recovery;
const device = (): SoftwareAuthenticator => createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });

async function printedCode(who: Founder): Promise<string> {
  const options = await recovery().beginCode(who.person);
  return (await recovery().finishCode(who.person, who.authenticator.get(options))).code;
}

/** Uses a code with a new device. */
async function recover(code: string): Promise<{ phone: SoftwareAuthenticator; words: string }> {
  const phone = device();
  const { words } = await recovery().finish(phone.create(await recovery().begin(code)), "New phone");
  return { phone, words };
}

async function signsIn(authenticator: SoftwareAuthenticator): Promise<boolean> {
  const { passkeys } = gate.core;
  return await passkeys.finishSignIn(authenticator.get(await passkeys.beginSignIn()), "test").then(
    () => true,
    () => false,
  );
}

async function waitingHold(who: Founder): Promise<string> {
  const [waiting] = (await recovery().waiting(who.organization)).filter((each) => each.person === who.person);
  return waiting?.hold ?? "";
}

const verified = async (who: Founder): Promise<unknown> =>
  (await gate.core.receipts.verify(who.organization)).firstBad;

/** The recovery's and the expiry's rounds, in the order in which the gate runs them. */
async function round(): Promise<void> {
  await recovery().round();
  await gate.core.expireOnce();
}

describe("W11: a printed code", () => {
  test("lets a new passkey in after the delay and not before, into the policy too, and the log verifies", async () => {
    const ada = await found(gate, "Ada");
    const { phone, words } = await recover(await printedCode(ada));
    const hold = await gate.core.holds.get(ada.organization, await waitingHold(ada));
    expect(JSON.stringify(hold.card)).toContain(words);
    expect(gate.notified).toContain(`opened ${hold.id}`);
    later(DELAY_MS - 4_000);
    await round();
    expect(await signsIn(phone)).toBe(false);
    later(6_000);
    await round();
    expect(await signsIn(phone)).toBe(true);
    const next = await gate.core.policyChanges.propose(ada.person, ada.organization, {
      resources: (await gate.core.policies.current(ada.organization)).resources,
      secrets: [],
    });
    await approve(gate, { ...ada, authenticator: phone }, next.id);
    expect((await settled(gate, ada, next.id)).state).toBe("released");
    expect(await verified(ada)).toBeNull();
    expect((await gate.core.holds.get(ada.organization, hold.id)).state).toBe("withdrawn");
  });

  test("is stopped by any live passkey of an approver, and is used up all the same", async () => {
    const ada = await found(gate, "Ada");
    const code = await printedCode(ada);
    const { phone } = await recover(code);
    await reject(gate, ada, await waitingHold(ada), "This is not me.");
    later(DELAY_MS + 2_000);
    await round();
    expect(await signsIn(phone)).toBe(false);
    expect(await recovery().waiting(ada.organization)).toEqual([]);
    await expect(recovery().begin(code)).rejects.toMatchObject({ code: "recovery.refused" });
    expect(await verified(ada)).toBeNull();
  });

  test("is hurried by an approver's signature", async () => {
    const ada = await found(gate, "Ada");
    const { phone } = await recover(await printedCode(ada));
    const hold = await waitingHold(ada);
    await approve(gate, ada, hold);
    expect((await settled(gate, ada, hold)).state).toBe("released");
    expect(await signsIn(phone)).toBe(true);
    later(DELAY_MS + 2_000);
    await round();
    const policy = await gate.core.policies.current(ada.organization);
    expect(policy.version).toBe(2);
    expect(await verified(ada)).toBeNull();
  });

  test("that is wrong, replaced or used answers alike; making one takes a signature", async () => {
    const ada = await found(gate, "Ada");
    const [old, fresh] = [await printedCode(ada), await printedCode(ada)];
    const wrong = `${fresh.slice(0, -1)}${fresh.endsWith("0") ? "1" : "0"}`;
    for (const code of [old, wrong, "", "0000-0000", "x".repeat(100)])
      await expect(recovery().begin(code)).rejects.toMatchObject({ code: "recovery.refused" });
    const options = await recovery().beginCode(ada.person);
    const bea = await found(gate, "Bea");
    await expect(
      recovery().finishCode(ada.person, bea.authenticator.get({ ...options, allowCredentials: [] })),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    // A sign-in's assertion makes no code either (attack W14).
    const signIn = ada.authenticator.get(await gate.core.passkeys.beginSignIn());
    await expect(recovery().finishCode(ada.person, signIn)).rejects.toMatchObject({
      code: "challenge.unusable",
    });
    expect(await recover(fresh.toLowerCase().replaceAll("-", " "))).toBeTruthy();
  });

  test("invariant 4: rows that a thief of the database writes make no recovery", async () => {
    const ada = await found(gate, "Ada");
    const thief = device();
    const made = thief.create(await gate.core.passkeys.beginAdd(ada.person));
    expect(made).toBeTruthy();
    const credential = thief.passkeys[0]?.credential ?? "";
    await gate.forge(
      ada.organization,
      "INSERT INTO gate.passkeys (credential, person_id, public_key, name) VALUES ($1, $2, 'x', 'mine')",
      [credential, ada.person],
    );
    await round();
    const hold = await gate.core.policyChanges.propose(ada.person, ada.organization, {
      resources: (await gate.core.policies.current(ada.organization)).resources,
      secrets: [],
    });
    await expect(approve(gate, { ...ada, authenticator: thief }, hold.id)).rejects.toThrow(
      /None of this authenticator's passkeys/,
    );
  });

  test("invariant 8: a clock that jumps ahead ends no delay", async () => {
    const ada = await found(gate, "Ada");
    const { phone } = await recover(await printedCode(ada));
    later(25 * 60 * 60 * 1000);
    await recovery().round();
    expect(await signsIn(phone)).toBe(false);
    expect((await gate.core.policies.current(ada.organization)).version).toBe(1);
  });

  test("a crash between the disk's pin and the rows is repaired by the next look", async () => {
    const ada = await found(gate, "Ada");
    const { phone } = await recover(await printedCode(ada));
    const hold = await waitingHold(ada);
    later(DELAY_MS + 2_000);
    const { pins } = gate.core;
    const real = pins.setPolicy.bind(pins);
    pins.setPolicy = (organization, pin) => {
      real(organization, pin);
      if (organization === ada.organization) throw new Error("power cut");
    };
    await round();
    pins.setPolicy = real;
    expect(pins.policy(ada.organization)).toMatchObject({ version: 2, hold });
    await gate.restart();
    await round();
    expect((await gate.core.policies.current(ada.organization)).version).toBe(2);
    expect(await signsIn(phone)).toBe(true);
    await round();
    expect(await verified(ada)).toBeNull();
  });
});

test("W11, A9: a code of the gate's host works at once, for an hour, and is told to everybody", async () => {
  const ada = await found(gate, "Ada");
  const files = openRecoveryFiles(gate.folder);
  const late = makeCode(files, gate.clock, {
    person: ada.person,
    method: "host",
    expiresAt: gate.clock.now() - 1,
  });
  await expect(recovery().begin(late)).rejects.toMatchObject({ code: "recovery.refused" });
  const expiresAt = gate.clock.now() + LIMITS.hostRecoveryCodeMs;
  const code = makeCode(files, gate.clock, { person: ada.person, method: "host", expiresAt });
  const { phone } = await recover(code);
  expect(await signsIn(phone)).toBe(true);
  const kinds = (await gate.core.receipts.list(ada.organization, null, 10)).map((row) => row.kind);
  expect(kinds).toEqual(expect.arrayContaining(["recovery.requested", "recovery.applied"]));
  expect(gate.notified.filter((line) => line.startsWith("opened"))).not.toEqual([]);
  expect(await verified(ada)).toBeNull();
});

test("W11, invariant 9: an approver lets a member in again by a link, and nobody who is in another organization too", async () => {
  const [ada, bea] = [await found(gate, "Ada"), await found(gate, "Bea")];
  const { ownPasskeys } = gate.core.persons;
  await expect(ownPasskeys.makeLink(ada.person, ada.organization, bea.person)).rejects.toMatchObject({
    code: "not-found",
  });
  await gate.forge(
    ada.organization,
    "INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'member')",
    [ada.organization, bea.person],
  );
  await expect(ownPasskeys.makeLink(ada.person, ada.organization, bea.person)).rejects.toMatchObject({
    code: "recovery.other-organizations",
  });
});
