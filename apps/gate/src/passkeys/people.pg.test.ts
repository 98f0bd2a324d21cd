/** Persons, memberships, further passkeys and approvers over a real database: the ways that are open, and attacks on them (W11, W12, A1). */
import { createHash, randomBytes } from "node:crypto";
import { keyWords } from "@nightgate/evidence/key-words";
import { newId } from "@nightgate/shared/ids";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, type Founder, found, ORIGIN, RP_ID, settled } from "../testing/test-core.ts";

const DEVICE = { userAgent: "test", address: "127.0.0.1" };
let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());

const persons = (): PushGate["gate"]["core"]["persons"] => t.gate.core.persons;
const device = (): SoftwareAuthenticator => createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });

/** SQL as web: what a thief of web's whole database role can do. */
async function asWeb(organization: string, sql: string, ...values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: t.gate.database.urls.web });
  await client.connect();
  try {
    await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

/** An invitation as web makes it. */
async function invitation(
  organization: string,
  role = "member",
  more: { expires?: string } = {},
): Promise<{ organization: string; token: string }> {
  const token = randomBytes(32).toString("base64url");
  await asWeb(
    organization,
    "INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'x') ON CONFLICT DO NOTHING",
    organization,
  );
  await asWeb(
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
}

/** Somebody new who joins with a passkey of their own. */
async function join(organization: string, role = "member", name = "Bo"): Promise<Founder> {
  const link = await invitation(organization, role);
  const authenticator = device();
  const options = await persons().joining.begin(link, name);
  const joined = await persons().joining.finish(authenticator.create(options), DEVICE);
  return { person: joined.person, organization, foundingHold: "", authenticator };
}

async function roleOf(who: Founder, organization = who.organization): Promise<string | undefined> {
  const { token } = await signIn(who);
  const session = await t.gate.core.passkeys.session(token);
  return session?.organizations.find((each) => each.id === organization)?.role;
}

async function signIn(who: Founder): Promise<{ token: string }> {
  const { passkeys } = t.gate.core;
  return await passkeys.finishSignIn(who.authenticator.get(await passkeys.beginSignIn()), "test");
}

async function makeApprover(who: Founder): Promise<void> {
  const { candidacies } = persons();
  const options = await candidacies.begin(who.person, who.organization);
  const asked = await candidacies.finish(who.person, who.organization, who.authenticator.get(options));
  const hold = await candidacies.propose(t.ada.person, t.ada.organization, who.person);
  expect(JSON.stringify(hold.card.facts)).toContain(asked.words);
  await approve(t.gate, t.ada, hold.id);
  expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
}

const verified = async (organization = t.ada.organization): Promise<unknown> =>
  (await t.gate.core.receipts.verify(organization)).firstBad;

describe("an invitation", () => {
  test("lets one person in with the role that it is bound to, and says so in the log", async () => {
    const link = await invitation(t.ada.organization, "viewer");
    expect(await persons().joining.look(link)).toMatchObject({ role: "viewer" });
    const authenticator = device();
    const joined = await persons().joining.finish(
      authenticator.create(await persons().joining.begin(link, "Vi")),
      DEVICE,
    );
    const vi = { person: joined.person, organization: t.ada.organization, foundingHold: "", authenticator };
    expect(await roleOf(vi)).toBe("viewer");
    const [last] = await t.gate.core.receipts.list(t.ada.organization, null, 1);
    expect(last).toMatchObject({ kind: "member.joined", body: { person: vi.person, role: "viewer" } });
    expect(await verified()).toBeNull();
  });

  test("answers alike when it is used, taken back, expired, guessed, or asked for in another organization", async () => {
    const used = await invitation(t.ada.organization);
    const bea = await found(t.gate, "Bea");
    await persons().joining.accept(bea.person, used);
    expect(await roleOf(bea, t.ada.organization)).toBe("member");
    const revoked = await invitation(t.ada.organization);
    await asWeb(
      t.ada.organization,
      "UPDATE control.invitations SET revoked_at = now() WHERE revoked_at IS NULL",
    );
    const late = await invitation(t.ada.organization, "member", { expires: "-1 minute" });
    const good = await invitation(t.ada.organization);
    for (const link of [
      used,
      revoked,
      late,
      { organization: t.ada.organization, token: randomBytes(32).toString("base64url") },
      { organization: bea.organization, token: good.token },
      { organization: "org_none", token: good.token },
    ]) {
      const refusal = { code: "invitation.unusable" };
      await expect(persons().joining.look(link)).rejects.toMatchObject(refusal);
      await expect(persons().joining.begin(link, "Eve")).rejects.toMatchObject(refusal);
      await expect(persons().joining.accept(bea.person, link)).rejects.toMatchObject(refusal);
    }
    expect(await persons().joining.look(good)).toMatchObject({ role: "member" });
  });

  test("that two use at the same moment lets one of them in", async () => {
    const link = await invitation(t.ada.organization);
    const joining = [device(), device()].map(async (authenticator) =>
      persons().joining.finish(authenticator.create(await persons().joining.begin(link, "Twin")), DEVICE),
    );
    const ended = await Promise.allSettled(joining);
    expect(ended.map((each) => each.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("W12, invariant 4: makes nobody an approver, whatever role web writes", async () => {
    const eve = await join(t.ada.organization, "owner", "Eve");
    const push = await t.fresh();
    await expect(approve(t.gate, eve, push.id)).rejects.toMatchObject({ code: "decision.not-approver" });
    await asWeb(
      t.ada.organization,
      "UPDATE control.members SET role = 'owner' WHERE person_id = $1",
      eve.person,
    );
    await expect(approve(t.gate, eve, push.id)).rejects.toMatchObject({ code: "decision.not-approver" });
  });
});

describe("a membership that web has ended", () => {
  test("ends at the gate with the next look, and a new invitation begins it anew", async () => {
    const bo = await join(t.ada.organization, "admin");
    const { token } = await signIn(bo);
    await asWeb(
      t.ada.organization,
      "INSERT INTO control.members (organization_id, person_id, name, role, removed_at) VALUES ($1, $2, 'Bo', 'admin', now() + interval '1 second')",
      t.ada.organization,
      bo.person,
    );
    expect((await t.gate.core.passkeys.session(token))?.organizations).toEqual([]);
    await expect(persons().candidacies.begin(bo.person, t.ada.organization)).rejects.toMatchObject({
      code: "not-found",
    });
    t.gate.clock.advance(5_000);
    await persons().joining.accept(bo.person, await invitation(t.ada.organization, "viewer"));
    expect(await roleOf(bo)).toBe("viewer");
  });

  test("A7: an approver stays a member until a signature says otherwise", async () => {
    const cy = await join(t.ada.organization, "member", "Cy");
    await makeApprover(cy);
    await asWeb(
      t.ada.organization,
      "INSERT INTO control.members (organization_id, person_id, name, role, removed_at) VALUES ($1, $2, 'Cy', 'member', now() + interval '1 hour')",
      t.ada.organization,
      cy.person,
    );
    expect(await roleOf(cy)).toBe("member");
    const hold = await persons().candidacies.proposeRemoval(t.ada.person, t.ada.organization, cy.person);
    await approve(t.gate, cy, hold.id);
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
    expect(await roleOf(cy)).toBeUndefined();
  });
});

describe("a second approver", () => {
  test("asks with the key that is to approve, is signed for, decides, and leaves by a signature", async () => {
    const bo = await join(t.ada.organization, "member", "Bo");
    await makeApprover(bo);
    const push = await t.fresh();
    await approve(t.gate, bo, push.id);
    const removal = await persons().candidacies.proposeRemoval(bo.person, bo.organization, bo.person);
    await approve(t.gate, bo, removal.id);
    expect((await settled(t.gate, bo, removal.id)).state).toBe("released");
    const other = await t.fresh();
    await expect(approve(t.gate, bo, other.id)).rejects.toMatchObject({ code: "decision.not-approver" });
    expect(await verified()).toBeNull();
  });

  test("W12: a proposal of a seat for somebody who did not sign for it is refused, and so is one's own signature under it", async () => {
    const mo = await join(t.ada.organization, "admin", "Mo");
    await expect(persons().candidacies.propose(mo.person, mo.organization, mo.person)).rejects.toMatchObject({
      code: "not-found",
    });
    const options = await persons().candidacies.begin(mo.person, mo.organization);
    await persons().candidacies.finish(mo.person, mo.organization, mo.authenticator.get(options));
    const hold = await persons().candidacies.propose(mo.person, mo.organization, mo.person);
    await expect(approve(t.gate, mo, hold.id)).rejects.toMatchObject({ code: "decision.not-approver" });
  });

  test("W12: a candidate's key that was changed in its row shows other words than the candidate has", async () => {
    const li = await join(t.ada.organization, "member", "Li");
    const options = await persons().candidacies.begin(li.person, li.organization);
    const asked = await persons().candidacies.finish(
      li.person,
      li.organization,
      li.authenticator.get(options),
    );
    const thief = device();
    const key = { credential: "x".repeat(43), publicKey: "pQECAyYgASFYIAAAAAAAAAAA", name: "First passkey" };
    await t.gate.forge(t.ada.organization, "UPDATE gate.candidacies SET passkey = $2 WHERE person_id = $1", [
      li.person,
      JSON.stringify(key),
    ]);
    expect(thief.passkeys).toEqual([]);
    const hold = await persons().candidacies.propose(t.ada.person, t.ada.organization, li.person);
    const facts = JSON.stringify(hold.card.facts);
    expect(facts).not.toContain(asked.words);
    expect(facts).toContain(keyWords(key));
    await persons().candidacies.withdraw(t.ada.person, t.ada.organization, li.person);
  });

  test("a viewer cannot ask, and the last approver cannot be removed", async () => {
    const vi = await join(t.ada.organization, "viewer", "Vi");
    await expect(persons().candidacies.begin(vi.person, vi.organization)).rejects.toMatchObject({
      code: "approver.role",
    });
    const bea = await found(t.gate, "Bea");
    await expect(
      persons().candidacies.proposeRemoval(bea.person, bea.organization, bea.person),
    ).rejects.toMatchObject({ code: "approver.last" });
    await expect(persons().candidacies.proposeQuorum(bea.person, bea.organization, 2)).rejects.toMatchObject({
      code: "input.invalid",
    });
  });

  test("A1: another organization's people are nobody here", async () => {
    const bea = await found(t.gate, "Bea");
    for (const attempt of [
      async () => await persons().candidacies.begin(bea.person, t.ada.organization),
      async () => await persons().candidacies.withdraw(bea.person, t.ada.organization, t.ada.person),
      async () => await persons().organizations.rename(bea.person, t.ada.organization, "Mine"),
      async () => await persons().ownPasskeys.makeLink(bea.person, t.ada.organization, t.ada.person),
    ])
      await expect(attempt()).rejects.toMatchObject({
        code: expect.stringMatching(/not-found|role.refused/),
      });
  });
});

describe("a person's own passkeys", () => {
  test("another one of somebody who is no approver comes in with the signature of an old one alone", async () => {
    const bo = await join(t.ada.organization, "member", "Bo");
    const phone = device();
    const made = phone.create(await t.gate.core.passkeys.beginAdd(bo.person));
    const options = await persons().ownPasskeys.beginAddition(bo.person, made, "Phone");
    // W11: neither the new key nor somebody else's signs for it.
    await expect(
      persons().ownPasskeys.finish(bo.person, t.ada.authenticator.get({ ...options, allowCredentials: [] })),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    const again = await persons().ownPasskeys.beginAddition(
      bo.person,
      device().create(await t.gate.core.passkeys.beginAdd(bo.person)),
      "Phone",
    );
    await persons().ownPasskeys.finish(bo.person, bo.authenticator.get(again));
    expect(await t.gate.core.passkeys.list(bo.person)).toHaveLength(2);
    expect(await verified()).toBeNull();
  });

  test("one that is removed signs in nowhere and decides nothing at once, also where the policy still names it", async () => {
    const phone = device();
    const made = phone.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
    const { hold } = await t.gate.core.passkeys.finishAdd(t.ada.person, t.ada.organization, made, "Phone");
    await approve(t.gate, t.ada, hold);
    await settled(t.gate, t.ada, hold);
    const lost: Founder = { ...t.ada, authenticator: phone };
    const push = await t.fresh();
    const decision = await t.gate.core.decisions.begin(t.ada.person, t.ada.organization, push.id, {
      verdict: "approve",
      words: "",
      ticked: [],
    });
    const credential = phone.passkeys[0]?.credential ?? "";
    const options = await persons().ownPasskeys.beginRemoval(t.ada.person, credential);
    // Whoever found the phone cannot sign that it goes, or that another one does.
    expect(() => phone.get(options)).toThrow(/None of this authenticator's/);
    const { holds } = await persons().ownPasskeys.finish(t.ada.person, t.ada.authenticator.get(options));
    await expect(signIn(lost)).rejects.toMatchObject({ code: "passkey.unknown" });
    await expect(
      t.gate.core.decisions.finish(t.ada.person, t.ada.organization, push.id, phone.get(decision)),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    expect(holds).toHaveLength(1);
    await approve(t.gate, t.ada, holds[0]?.hold ?? "");
    await settled(t.gate, t.ada, holds[0]?.hold ?? "");
    expect(JSON.stringify(await t.gate.core.policies.current(t.ada.organization))).not.toContain(credential);
    await expect(
      persons().ownPasskeys.beginRemoval(t.ada.person, t.ada.authenticator.passkeys[0]?.credential ?? ""),
    ).rejects.toMatchObject({ code: "passkey.last" });
    expect(await verified()).toBeNull();
  });

  test("by a link for a phone: used once, and let in by a signature over a hold that shows its words", async () => {
    const { ownPasskeys } = persons();
    const made = await ownPasskeys.makeLink(t.ada.person, t.ada.organization, t.ada.person);
    const [organization = "", token = ""] = made.secret.split(".");
    const link = { organization, token };
    const phone = device();
    const [options, second] = [await ownPasskeys.beginByLink(link), await ownPasskeys.beginByLink(link)];
    const key = await ownPasskeys.finishByLink(phone.create(options), "Phone");
    await expect(ownPasskeys.finishByLink(device().create(second), "Thief")).rejects.toMatchObject({
      code: "link.unusable",
    });
    await expect(ownPasskeys.beginByLink(link)).rejects.toMatchObject({ code: "link.unusable" });
    await expect(signIn({ ...t.ada, authenticator: phone })).rejects.toMatchObject({
      code: "passkey.unknown",
    });
    const [waiting] = await ownPasskeys.waiting(t.ada.person, t.ada.organization);
    expect(waiting).toMatchObject({ words: key.words, person: t.ada.person });
    const hold = await t.gate.core.holds.get(t.ada.organization, waiting?.hold ?? "");
    expect(JSON.stringify(hold.card.facts)).toContain(key.words);
    await approve(t.gate, t.ada, hold.id);
    await settled(t.gate, t.ada, hold.id);
    await signIn({ ...t.ada, authenticator: phone });
    expect(await ownPasskeys.waiting(t.ada.person, t.ada.organization)).toEqual([]);
  });
});

describe("organizations", () => {
  test("an owner founds a further one, signs its first policy, and renames it; the log has both", async () => {
    const options = await persons().organizations.beginFounding(t.ada.person, "Second");
    const { organization, hold } = await persons().organizations.finishFounding(
      t.ada.person,
      t.ada.authenticator.get(options),
    );
    const ada = { ...t.ada, organization };
    await approve(t.gate, ada, hold);
    expect((await settled(t.gate, ada, hold)).state).toBe("released");
    await persons().organizations.rename(t.ada.person, organization, "Renamed");
    const session = await t.gate.core.passkeys.session((await signIn(t.ada)).token);
    expect(session?.organizations.map((each) => each.name)).toContain("Renamed");
    expect(await verified(organization)).toBeNull();
  });

  test("a member founds none and renames none", async () => {
    const bo = await join(t.ada.organization, "admin", "Bo");
    await expect(persons().organizations.beginFounding(bo.person, "Mine")).rejects.toMatchObject({
      code: "role.refused",
    });
    await expect(persons().organizations.rename(bo.person, bo.organization, "Mine")).rejects.toMatchObject({
      code: "role.refused",
    });
  });
});

test("sessions are listed and ended by their own person alone", async () => {
  const bo = await join(t.ada.organization, "member", "Bo");
  const [one, two] = [await signIn(bo), await signIn(bo)];
  const ada = await signIn(t.ada);
  const lines = await persons().sessions.list(one.token);
  expect(lines.filter((line) => line.current)).toHaveLength(1);
  const [theirs] = await persons().sessions.list(ada.token);
  expect(await persons().sessions.end(one.token, { id: theirs?.id ?? "" })).toBe(0);
  expect(await t.gate.core.passkeys.session(ada.token)).not.toBeNull();
  await persons().sessions.end(one.token, "others");
  expect(await t.gate.core.passkeys.session(two.token)).toBeNull();
  expect(await t.gate.core.passkeys.session(one.token)).not.toBeNull();
});
