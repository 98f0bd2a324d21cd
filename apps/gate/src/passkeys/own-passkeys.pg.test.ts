/** A person's own passkeys, organizations and sessions over a real database, and attacks on them (W11). */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { device, openPeopleWorld, type PeopleWorld } from "../testing/people-world.ts";
import { approve, type Founder, settled } from "../testing/test-core.ts";

let t: PeopleWorld;
beforeAll(async () => {
  t = await openPeopleWorld(inject("postgres"));
});
afterAll(async () => await t.gate.close());

describe("a person's own passkeys", () => {
  test("another one of somebody who is no approver comes in with the signature of an old one alone", async () => {
    const bo = await t.join(t.ada.organization, "member", "Bo");
    const phone = device();
    const made = phone.create(await t.gate.core.passkeys.beginAdd(bo.person));
    const options = await t.persons().ownPasskeys.beginAddition(bo.person, made, "Phone");
    // W11: neither the new key nor somebody else's signs for it.
    await expect(
      t
        .persons()
        .ownPasskeys.finish(bo.person, t.ada.authenticator.get({ ...options, allowCredentials: [] })),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    const again = await t
      .persons()
      .ownPasskeys.beginAddition(
        bo.person,
        device().create(await t.gate.core.passkeys.beginAdd(bo.person)),
        "Phone",
      );
    await t.persons().ownPasskeys.finish(bo.person, bo.authenticator.get(again));
    expect(await t.gate.core.passkeys.list(bo.person)).toHaveLength(2);
    expect(await t.verified()).toBeNull();
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
    const options = await t.persons().ownPasskeys.beginRemoval(t.ada.person, credential);
    // Whoever found the phone cannot sign that it goes, or that another one does.
    expect(() => phone.get(options)).toThrow(/None of this authenticator's/);
    const { holds } = await t.persons().ownPasskeys.finish(t.ada.person, t.ada.authenticator.get(options));
    await expect(t.signIn(lost)).rejects.toMatchObject({ code: "passkey.unknown" });
    await expect(
      t.gate.core.decisions.finish(t.ada.person, t.ada.organization, push.id, phone.get(decision)),
    ).rejects.toMatchObject({ code: "passkey.unknown" });
    expect(holds).toHaveLength(1);
    await approve(t.gate, t.ada, holds[0]?.hold ?? "");
    await settled(t.gate, t.ada, holds[0]?.hold ?? "");
    expect(JSON.stringify(await t.gate.core.policies.current(t.ada.organization))).not.toContain(credential);
    await expect(
      t.persons().ownPasskeys.beginRemoval(t.ada.person, t.ada.authenticator.passkeys[0]?.credential ?? ""),
    ).rejects.toMatchObject({ code: "passkey.last" });
    expect(await t.verified()).toBeNull();
  });

  test("by a link for a phone: used once, and let in by a signature over a hold that shows its words", async () => {
    const { ownPasskeys } = t.persons();
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
    await expect(t.signIn({ ...t.ada, authenticator: phone })).rejects.toMatchObject({
      code: "passkey.unknown",
    });
    const [waiting] = await ownPasskeys.waiting(t.ada.person, t.ada.organization);
    expect(waiting).toMatchObject({ words: key.words, person: t.ada.person });
    const hold = await t.gate.core.holds.get(t.ada.organization, waiting?.hold ?? "");
    expect(JSON.stringify(hold.card.facts)).toContain(key.words);
    await approve(t.gate, t.ada, hold.id);
    await settled(t.gate, t.ada, hold.id);
    await t.signIn({ ...t.ada, authenticator: phone });
    expect(await ownPasskeys.waiting(t.ada.person, t.ada.organization)).toEqual([]);
  });
});

describe("organizations", () => {
  test("an owner founds a further one, signs its first policy, and renames it; the log has both", async () => {
    const options = await t.persons().organizations.beginFounding(t.ada.person, "Second");
    const { organization, hold } = await t
      .persons()
      .organizations.finishFounding(t.ada.person, t.ada.authenticator.get(options));
    const ada = { ...t.ada, organization };
    await approve(t.gate, ada, hold);
    expect((await settled(t.gate, ada, hold)).state).toBe("released");
    await t.persons().organizations.rename(t.ada.person, organization, "Renamed");
    const session = await t.gate.core.passkeys.session((await t.signIn(t.ada)).token);
    expect(session?.organizations.map((each) => each.name)).toContain("Renamed");
    expect(await t.verified(organization)).toBeNull();
  });

  test("a member founds none and renames none", async () => {
    const bo = await t.join(t.ada.organization, "admin", "Bo");
    await expect(t.persons().organizations.beginFounding(bo.person, "Mine")).rejects.toMatchObject({
      code: "role.refused",
    });
    await expect(t.persons().organizations.rename(bo.person, bo.organization, "Mine")).rejects.toMatchObject({
      code: "role.refused",
    });
  });
});

test("sessions are listed and ended by their own person alone", async () => {
  const bo = await t.join(t.ada.organization, "member", "Bo");
  const [one, two] = [await t.signIn(bo), await t.signIn(bo)];
  const ada = await t.signIn(t.ada);
  const lines = await t.persons().sessions.list(one.token);
  expect(lines.filter((line) => line.current)).toHaveLength(1);
  const [theirs] = await t.persons().sessions.list(ada.token);
  expect(await t.persons().sessions.end(one.token, { id: theirs?.id ?? "" })).toBe(0);
  expect(await t.gate.core.passkeys.session(ada.token)).not.toBeNull();
  await t.persons().sessions.end(one.token, "others");
  expect(await t.gate.core.passkeys.session(two.token)).toBeNull();
  expect(await t.gate.core.passkeys.session(one.token)).not.toBeNull();
});
