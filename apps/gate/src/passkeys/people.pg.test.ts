/** Invitations, memberships and approvers over a real database: the ways that are open, and attacks on them (W12, A1, A7). */
import { randomBytes } from "node:crypto";
import { keyWords } from "@nightgate/evidence/key-words";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { device, openPeopleWorld, type PeopleWorld } from "../testing/people-world.ts";
import { approve, found, settled } from "../testing/test-core.ts";

const DEVICE = { userAgent: "test", address: "127.0.0.1" };
let t: PeopleWorld;
beforeAll(async () => {
  t = await openPeopleWorld(inject("postgres"));
});
afterAll(async () => await t.gate.close());

describe("an invitation", () => {
  test("lets one person in with the role that it is bound to, and says so in the log", async () => {
    const link = await t.invitation(t.ada.organization, "viewer");
    expect(await t.persons().joining.look(link)).toMatchObject({ role: "viewer" });
    const authenticator = device();
    const joined = await t
      .persons()
      .joining.finish(authenticator.create(await t.persons().joining.begin(link, "Vi")), DEVICE);
    const vi = { person: joined.person, organization: t.ada.organization, foundingHold: "", authenticator };
    expect(await t.roleOf(vi)).toBe("viewer");
    const [last] = await t.gate.core.receipts.list(t.ada.organization, null, 1);
    expect(last).toMatchObject({ kind: "member.joined", body: { person: vi.person, role: "viewer" } });
    expect(await t.verified()).toBeNull();
  });

  test("answers alike when it is used, taken back, expired, guessed, or asked for in another organization", async () => {
    const used = await t.invitation(t.ada.organization);
    const bea = await found(t.gate, "Bea");
    await t.persons().joining.accept(bea.person, used);
    expect(await t.roleOf(bea, t.ada.organization)).toBe("member");
    const revoked = await t.invitation(t.ada.organization);
    await t.asWeb(
      t.ada.organization,
      "UPDATE control.invitations SET revoked_at = now() WHERE revoked_at IS NULL",
    );
    const late = await t.invitation(t.ada.organization, "member", { expires: "-1 minute" });
    const good = await t.invitation(t.ada.organization);
    for (const link of [
      used,
      revoked,
      late,
      { organization: t.ada.organization, token: randomBytes(32).toString("base64url") },
      { organization: bea.organization, token: good.token },
      { organization: "org_none", token: good.token },
    ]) {
      const refusal = { code: "invitation.unusable" };
      await expect(t.persons().joining.look(link)).rejects.toMatchObject(refusal);
      await expect(t.persons().joining.begin(link, "Eve")).rejects.toMatchObject(refusal);
      await expect(t.persons().joining.accept(bea.person, link)).rejects.toMatchObject(refusal);
    }
    expect(await t.persons().joining.look(good)).toMatchObject({ role: "member" });
  });

  test("that two use at the same moment lets one of them in", async () => {
    const link = await t.invitation(t.ada.organization);
    const joining = [device(), device()].map(async (authenticator) =>
      t.persons().joining.finish(authenticator.create(await t.persons().joining.begin(link, "Twin")), DEVICE),
    );
    const ended = await Promise.allSettled(joining);
    expect(ended.map((each) => each.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("W12, invariant 4: makes nobody an approver, whatever role web writes", async () => {
    const eve = await t.join(t.ada.organization, "owner", "Eve");
    const push = await t.fresh();
    await expect(approve(t.gate, eve, push.id)).rejects.toMatchObject({ code: "decision.not-approver" });
    await t.asWeb(
      t.ada.organization,
      "UPDATE control.members SET role = 'owner' WHERE person_id = $1",
      eve.person,
    );
    await expect(approve(t.gate, eve, push.id)).rejects.toMatchObject({ code: "decision.not-approver" });
  });
});

describe("a membership that web has ended", () => {
  test("ends at the gate with the next look, and a new invitation begins it anew", async () => {
    const bo = await t.join(t.ada.organization, "admin");
    const { token } = await t.signIn(bo);
    await t.asWeb(
      t.ada.organization,
      "INSERT INTO control.members (organization_id, person_id, name, role, removed_at) VALUES ($1, $2, 'Bo', 'admin', now() + interval '1 second')",
      t.ada.organization,
      bo.person,
    );
    expect((await t.gate.core.passkeys.session(token))?.organizations).toEqual([]);
    await expect(t.persons().candidacies.begin(bo.person, t.ada.organization)).rejects.toMatchObject({
      code: "not-found",
    });
    t.gate.clock.advance(5_000);
    await t.persons().joining.accept(bo.person, await t.invitation(t.ada.organization, "viewer"));
    expect(await t.roleOf(bo)).toBe("viewer");
  });

  test("A7: an approver stays a member until a signature says otherwise", async () => {
    const cy = await t.join(t.ada.organization, "member", "Cy");
    await t.makeApprover(cy);
    await t.asWeb(
      t.ada.organization,
      "INSERT INTO control.members (organization_id, person_id, name, role, removed_at) VALUES ($1, $2, 'Cy', 'member', now() + interval '1 hour')",
      t.ada.organization,
      cy.person,
    );
    expect(await t.roleOf(cy)).toBe("member");
    const hold = await t.persons().candidacies.proposeRemoval(t.ada.person, t.ada.organization, cy.person);
    await approve(t.gate, cy, hold.id);
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
    expect(await t.roleOf(cy)).toBeUndefined();
  });
});

describe("a second approver", () => {
  test("asks with the key that is to approve, is signed for, decides, and leaves by a signature", async () => {
    const bo = await t.join(t.ada.organization, "member", "Bo");
    await t.makeApprover(bo);
    const push = await t.fresh();
    await approve(t.gate, bo, push.id);
    const removal = await t.persons().candidacies.proposeRemoval(bo.person, bo.organization, bo.person);
    await approve(t.gate, bo, removal.id);
    expect((await settled(t.gate, bo, removal.id)).state).toBe("released");
    const other = await t.fresh();
    await expect(approve(t.gate, bo, other.id)).rejects.toMatchObject({ code: "decision.not-approver" });
    expect(await t.verified()).toBeNull();
  });

  test("W12: a proposal of a seat for somebody who did not sign for it is refused, and so is one's own signature under it", async () => {
    const mo = await t.join(t.ada.organization, "admin", "Mo");
    await expect(
      t.persons().candidacies.propose(mo.person, mo.organization, mo.person),
    ).rejects.toMatchObject({
      code: "not-found",
    });
    const options = await t.persons().candidacies.begin(mo.person, mo.organization);
    await t.persons().candidacies.finish(mo.person, mo.organization, mo.authenticator.get(options));
    const hold = await t.persons().candidacies.propose(mo.person, mo.organization, mo.person);
    await expect(approve(t.gate, mo, hold.id)).rejects.toMatchObject({ code: "decision.not-approver" });
  });

  test("W12: a candidate's key that was changed in its row shows other words than the candidate has", async () => {
    const li = await t.join(t.ada.organization, "member", "Li");
    const options = await t.persons().candidacies.begin(li.person, li.organization);
    const asked = await t
      .persons()
      .candidacies.finish(li.person, li.organization, li.authenticator.get(options));
    const thief = device();
    const key = { credential: "x".repeat(43), publicKey: "pQECAyYgASFYIAAAAAAAAAAA", name: "First passkey" };
    await t.gate.forge(t.ada.organization, "UPDATE gate.candidacies SET passkey = $2 WHERE person_id = $1", [
      li.person,
      JSON.stringify(key),
    ]);
    expect(thief.passkeys).toEqual([]);
    const hold = await t.persons().candidacies.propose(t.ada.person, t.ada.organization, li.person);
    const facts = JSON.stringify(hold.card.facts);
    expect(facts).not.toContain(asked.words);
    expect(facts).toContain(keyWords(key));
    await t.persons().candidacies.withdraw(t.ada.person, t.ada.organization, li.person);
  });

  test("another passkey of an approver gets a seat too, where the policy has only the founder's first one", async () => {
    const phone = device();
    const made = phone.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
    const { hold } = await t.gate.core.passkeys.finishAdd(t.ada.person, t.ada.organization, made, "Phone");
    await approve(t.gate, t.ada, hold);
    await settled(t.gate, t.ada, hold);
    const options = await t.persons().organizations.beginFounding(t.ada.person, "Further");
    const further = await t
      .persons()
      .organizations.finishFounding(t.ada.person, t.ada.authenticator.get(options));
    const ada = { ...t.ada, organization: further.organization };
    await approve(t.gate, ada, further.hold);
    await settled(t.gate, ada, further.hold);
    const { candidacies } = t.persons();
    const asked = await candidacies.begin(ada.person, ada.organization);
    await candidacies.finish(ada.person, ada.organization, phone.get(asked));
    const seat = await candidacies.propose(ada.person, ada.organization, ada.person);
    await approve(t.gate, ada, seat.id);
    expect((await settled(t.gate, ada, seat.id)).state).toBe("released");
    const policy = await t.gate.core.policies.current(ada.organization);
    expect(policy.approvers.map((each) => each.passkeys.length)).toEqual([2]);
    const again = await candidacies.begin(ada.person, ada.organization);
    await expect(
      candidacies.finish(ada.person, ada.organization, phone.get(again, { counter: 9 })),
    ).rejects.toMatchObject({ code: "approver.already" });
    expect(await t.verified(ada.organization)).toBeNull();
  });

  test("a viewer cannot ask, and the last approver cannot be removed", async () => {
    const vi = await t.join(t.ada.organization, "viewer", "Vi");
    await expect(t.persons().candidacies.begin(vi.person, vi.organization)).rejects.toMatchObject({
      code: "approver.role",
    });
    const bea = await found(t.gate, "Bea");
    await expect(
      t.persons().candidacies.proposeRemoval(bea.person, bea.organization, bea.person),
    ).rejects.toMatchObject({ code: "approver.last" });
    await expect(
      t.persons().candidacies.proposeQuorum(bea.person, bea.organization, 2),
    ).rejects.toMatchObject({
      code: "input.invalid",
    });
  });

  test("A1: another organization's people are nobody here", async () => {
    const bea = await found(t.gate, "Bea");
    for (const attempt of [
      async () => await t.persons().candidacies.begin(bea.person, t.ada.organization),
      async () => await t.persons().candidacies.withdraw(bea.person, t.ada.organization, t.ada.person),
      async () => await t.persons().organizations.rename(bea.person, t.ada.organization, "Mine"),
      async () => await t.persons().ownPasskeys.makeLink(bea.person, t.ada.organization, t.ada.person),
    ])
      await expect(attempt()).rejects.toThrow(/There is no|Your role/);
  });
});
