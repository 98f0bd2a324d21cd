import { rmSync } from "node:fs";
import { join } from "node:path";
import { actionDigest } from "@nightgate/evidence/digest";
import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { pushAction } from "../testing/fake-push.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, ORIGIN, reject, RP_ID, settled } from "../testing/test-core.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => await t.reset());

describe("invariant 4: a forged row releases nothing", () => {
  test("a pending hold marked as approved", async () => {
    const hold = await t.fresh();
    await t.forge(
      "UPDATE gate.holds SET state = 'approved', decided_by = $2 WHERE id = $1",
      hold.id,
      t.ada.person,
    );
    await t.startAgain();
    expect(await t.stopped(hold)).toMatchObject({ state: "pending" });
    expect(t.fake.sent).toEqual([]);
  });

  test("a decision of another hold, moved over", async () => {
    const [signed, forged] = [await t.fresh(), await t.fresh()];
    await approve(t.gate, t.ada, signed.id);
    await settled(t.gate, t.ada, signed.id);
    await t.forge(
      "INSERT INTO gate.decisions SELECT organization_id, $2, person_id, credential, verdict, nonce, log_head, challenge || 'x', assertion FROM gate.decisions WHERE hold_id = $1",
      signed.id,
      forged.id,
    );
    await t.forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", forged.id);
    await t.startAgain();
    expect((await t.stopped(forged)).state).toBe("pending");
    expect(t.fake.sent).toEqual([signed.actionDigest]);
  });

  test("a rejected hold marked as approved, its verdict edited", async () => {
    const hold = await t.fresh();
    await reject(t.gate, t.ada, hold.id);
    await t.forge("UPDATE gate.holds SET state = 'approved', ended_at = NULL WHERE id = $1", hold.id);
    await t.asSuperuser(
      'UPDATE gate.decisions SET verdict = \'{"verdict":"approve","words":"","ticked":[]}\' WHERE hold_id = $1',
      hold.id,
    );
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("rejected");
    expect(t.fake.sent).toEqual([]);
  });

  test("a pending hold marked as approved, with its decision receipt forged into the log", async () => {
    const hold = await t.fresh();
    await t.forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", hold.id);
    await t.forge(
      "INSERT INTO gate.receipts (organization_id, index, kind, hold_id, body, salt, leaf_hash) SELECT $1, max(index) + 1, 'hold.decided', $2, '{}', '', repeat('a', 64) FROM gate.receipts",
      t.ada.organization,
      hold.id,
    );
    await t.startAgain();
    // The log is not the one that this gate signed any more: nothing is held, decided or released on it.
    await expect(t.fresh()).rejects.toMatchObject({ code: "log.unusable" });
    expect((await t.now(hold)).state).toBe("approved");
    await t.gate.core.releases.stop();
    await t.asSuperuser("DELETE FROM gate.receipts WHERE leaf_hash = repeat('a', 64)");
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("pending");
    expect(t.fake.sent).toEqual([]);
  });

  test("receipts of the rejection hidden under another hold's label", async () => {
    const hold = await t.fresh();
    await reject(t.gate, t.ada, hold.id);
    await t.forge(
      "UPDATE gate.receipts SET hold_id = 'H-00000000' WHERE hold_id = $1 AND kind = 'hold.decided'",
      hold.id,
    );
    await t.forge("UPDATE gate.holds SET state = 'pending', ended_at = NULL WHERE id = $1", hold.id);
    await expect(approve(t.gate, t.ada, hold.id)).rejects.toMatchObject({ code: "approval.invalid" });
    await t.forge("UPDATE gate.receipts SET hold_id = $1 WHERE hold_id = 'H-00000000'", hold.id);
  });

  test.each(["the action alone", "the action with its digest"])(
    "an approved hold whose row was edited: %s (invariant 5)",
    async (what) => {
      const hold = await t.fresh();
      await t.approveAndStop(hold);
      const other = pushAction(t.ada, t.place, { commit: "ee" });
      await t.forge("UPDATE gate.holds SET action = $2 WHERE id = $1", hold.id, JSON.stringify(other));
      if (what.endsWith("digest"))
        await t.forge("UPDATE gate.holds SET action_digest = $2 WHERE id = $1", hold.id, actionDigest(other));
      await t.startAgain();
      expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({
        state: "withdrawn",
        words: expect.stringContaining("changed after it was held") as string,
      });
      expect(t.fake.sent).toEqual([]);
    },
  );

  test("an approved hold whose row names another resource gets no credential and is not sent", async () => {
    const hold = await t.fresh();
    await t.approveAndStop(hold);
    await t.forge("UPDATE gate.holds SET resource_id = 'res_bbbbbbbbbbbb' WHERE id = $1", hold.id);
    await t.startAgain();
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("failed");
    expect(t.fake.sent).toEqual([]);
  });

  test("a policy row of a thief, with himself as approver, and the organization pointed at it", async () => {
    const thief = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    const made = thief.create({ challenge: "AAAA", user: { id: "AAAA" } });
    const policy = await t.gate.core.policies.current(t.ada.organization);
    const document = {
      ...policy,
      version: policy.version + 1,
      approvers: [
        {
          person: t.ada.person,
          name: "Ada",
          passkeys: [{ credential: made["id"], publicKey: "A".repeat(64), name: "mine" }],
        },
      ],
    };
    await t.forge(
      "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, $2, $3, 'H-00000000')",
      t.ada.organization,
      document.version,
      JSON.stringify(document),
    );
    await t.forge("UPDATE gate.organizations SET policy_version = $1", document.version);
    await t.gate.restart();
    expect(await t.gate.core.policies.current(t.ada.organization)).toEqual(policy);
    await t.asSuperuser("ALTER TABLE gate.policies DISABLE TRIGGER written_once");
    await t.asSuperuser(
      "DELETE FROM gate.policies WHERE organization_id = $1 AND version = $2",
      t.ada.organization,
      document.version,
    );
    await t.asSuperuser("ALTER TABLE gate.policies ENABLE TRIGGER written_once");
    await t.forge("UPDATE gate.organizations SET policy_version = $1", policy.version);
  });
});

test("invariant 11: after all of this the log verifies", async () => {
  await t.gate.restart();
  expect(await t.gate.core.receipts.verify(t.ada.organization)).toMatchObject({ firstBad: null });
});

describe("invariant 8: without a policy that the disk pins everything is refused", () => {
  test("the pinned version's row was edited", async () => {
    await t.asSuperuser("ALTER TABLE gate.policies DISABLE TRIGGER written_once");
    await t.asSuperuser(
      "UPDATE gate.policies SET document = jsonb_set(document, '{resources}', '[]') WHERE organization_id = $1 AND version = 2",
      t.ada.organization,
    );
    await t.gate.restart();
    await expect(t.gate.core.policies.current(t.ada.organization)).rejects.toMatchObject({
      code: "policy.unreadable",
    });
  });

  test("the pin is gone", async () => {
    rmSync(join(t.gate.folder, "policy", `${t.ada.organization}.json`));
    await t.gate.restart();
    await expect(t.gate.core.policies.current(t.ada.organization)).rejects.toMatchObject({
      code: "policy.unreadable",
    });
    await expect(
      t.gate.core.policies.resourceFor(t.ada.organization, "ws_aaaaaaaaaaaa", t.place.resource),
    ).rejects.toMatchObject({ code: "policy.unreadable" });
  });
});
