import { rmSync } from "node:fs";
import { join } from "node:path";
import { actionDigest } from "@nightgate/evidence/digest";
import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { addRepository, fakePushes, type PushPlace, push, pushAction } from "../testing/fake-push.ts";
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
import { LIMITS } from "./limits.ts";
import type { Hold } from "./ports.ts";

const fake = fakePushes();
let gate: TestGate;
let ada: Founder;
let place: PushPlace;
let commit = 16;

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fake.handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
});
afterAll(async () => await gate.close());
beforeEach(async () => {
  await gate.restart();
  fake.sent.length = 0;
  fake.settledWith.length = 0;
  fake.next = "arrives";
});

const fresh = async (options: Parameters<typeof push>[3] = {}): Promise<Hold> =>
  await push(gate, ada, place, { commit: (commit++).toString(16), ...options });
const now = async (hold: Hold): Promise<Hold> => await gate.core.holds.get(ada.organization, hold.id);
const forge = async (sql: string, ...values: unknown[]): Promise<unknown> =>
  await gate.forge(ada.organization, sql, values);

/** Approves, but the process ends before the release begins. */
async function approvedAndStopped(hold: Hold): Promise<void> {
  await gate.core.releases.stop();
  await approve(gate, ada, hold.id);
  expect((await now(hold)).state).toBe("approved");
}

/** A new process on the same disk and rows, as after a crash. */
async function startAgain(): Promise<void> {
  await gate.restart();
  await gate.core.releases.recover();
}

/** The hold when the releases that were begun have ended. */
async function stopped(hold: Hold): Promise<Hold> {
  await gate.core.releases.stop();
  return await now(hold);
}

test("what was approved before a stop is released after the start, once", async () => {
  const hold = await fresh();
  await approvedAndStopped(hold);
  await startAgain();
  expect((await settled(gate, ada, hold.id)).state).toBe("released");
  await startAgain();
  expect(fake.sent).toEqual([hold.actionDigest]);
});

describe("invariant 4: a forged row releases nothing", () => {
  test("a pending hold marked as approved", async () => {
    const hold = await fresh();
    await forge(
      "UPDATE gate.holds SET state = 'approved', decided_by = $2 WHERE id = $1",
      hold.id,
      ada.person,
    );
    await startAgain();
    expect(await stopped(hold)).toMatchObject({ state: "pending" });
    expect(fake.sent).toEqual([]);
  });

  test("a decision of another hold, moved over", async () => {
    const [signed, forged] = [await fresh(), await fresh()];
    await approve(gate, ada, signed.id);
    await settled(gate, ada, signed.id);
    await forge(
      "INSERT INTO gate.decisions SELECT organization_id, $2, person_id, credential, verdict, nonce, log_head, challenge || 'x', assertion FROM gate.decisions WHERE hold_id = $1",
      signed.id,
      forged.id,
    );
    await forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", forged.id);
    await startAgain();
    expect((await stopped(forged)).state).toBe("pending");
    expect(fake.sent).toEqual([signed.actionDigest]);
  });

  test("a rejected hold marked as approved, its verdict edited", async () => {
    const hold = await fresh();
    await reject(gate, ada, hold.id);
    await forge("UPDATE gate.holds SET state = 'approved', ended_at = NULL WHERE id = $1", hold.id);
    await asSuperuser(
      'UPDATE gate.decisions SET verdict = \'{"verdict":"approve","words":"","ticked":[]}\' WHERE hold_id = $1',
      hold.id,
    );
    await startAgain();
    expect((await stopped(hold)).state).toBe("rejected");
    expect(fake.sent).toEqual([]);
  });

  test("a pending hold marked as approved, with its decision receipt forged into the log", async () => {
    const hold = await fresh();
    await forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", hold.id);
    await forge(
      "INSERT INTO gate.receipts (organization_id, index, kind, hold_id, body, salt, leaf_hash) SELECT $1, max(index) + 1, 'hold.decided', $2, '{}', '', repeat('a', 64) FROM gate.receipts",
      ada.organization,
      hold.id,
    );
    await startAgain();
    // The log is not the one that this gate signed any more: nothing is held, decided or released on it.
    await expect(fresh()).rejects.toMatchObject({ code: "log.unusable" });
    expect((await now(hold)).state).toBe("approved");
    await gate.core.releases.stop();
    await asSuperuser("DELETE FROM gate.receipts WHERE leaf_hash = repeat('a', 64)");
    await startAgain();
    expect((await stopped(hold)).state).toBe("pending");
    expect(fake.sent).toEqual([]);
  });

  test("receipts of the rejection hidden under another hold's label", async () => {
    const hold = await fresh();
    await reject(gate, ada, hold.id);
    await forge(
      "UPDATE gate.receipts SET hold_id = 'H-00000000' WHERE hold_id = $1 AND kind = 'hold.decided'",
      hold.id,
    );
    await forge("UPDATE gate.holds SET state = 'pending', ended_at = NULL WHERE id = $1", hold.id);
    await expect(approve(gate, ada, hold.id)).rejects.toMatchObject({ code: "approval.invalid" });
    await forge("UPDATE gate.receipts SET hold_id = $1 WHERE hold_id = 'H-00000000'", hold.id);
  });

  test.each(["the action alone", "the action with its digest"])(
    "an approved hold whose row was edited: %s (invariant 5)",
    async (what) => {
      const hold = await fresh();
      await approvedAndStopped(hold);
      const other = pushAction(ada, place, { commit: "ee" });
      await forge("UPDATE gate.holds SET action = $2 WHERE id = $1", hold.id, JSON.stringify(other));
      if (what.endsWith("digest"))
        await forge("UPDATE gate.holds SET action_digest = $2 WHERE id = $1", hold.id, actionDigest(other));
      await startAgain();
      expect(await settled(gate, ada, hold.id)).toMatchObject({
        state: "withdrawn",
        words: expect.stringContaining("changed after it was held") as string,
      });
      expect(fake.sent).toEqual([]);
    },
  );

  test("an approved hold whose row names another resource gets no credential and is not sent", async () => {
    const hold = await fresh();
    await approvedAndStopped(hold);
    await forge("UPDATE gate.holds SET resource_id = 'res_bbbbbbbbbbbb' WHERE id = $1", hold.id);
    await startAgain();
    expect((await settled(gate, ada, hold.id)).state).toBe("failed");
    expect(fake.sent).toEqual([]);
  });

  test("a policy row of a thief, with himself as approver, and the organization pointed at it", async () => {
    const thief = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    const made = thief.create({ challenge: "AAAA", user: { id: "AAAA" } });
    const policy = await gate.core.policies.current(ada.organization);
    const document = {
      ...policy,
      version: policy.version + 1,
      approvers: [
        {
          person: ada.person,
          name: "Ada",
          passkeys: [{ credential: made["id"], publicKey: "A".repeat(64), name: "mine" }],
        },
      ],
    };
    await forge(
      "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, $2, $3, 'H-00000000')",
      ada.organization,
      document.version,
      JSON.stringify(document),
    );
    await forge("UPDATE gate.organizations SET policy_version = $1", document.version);
    await gate.restart();
    expect(await gate.core.policies.current(ada.organization)).toEqual(policy);
    await asSuperuser("ALTER TABLE gate.policies DISABLE TRIGGER written_once");
    await asSuperuser(
      "DELETE FROM gate.policies WHERE organization_id = $1 AND version = $2",
      ada.organization,
      document.version,
    );
    await asSuperuser("ALTER TABLE gate.policies ENABLE TRIGGER written_once");
    await forge("UPDATE gate.organizations SET policy_version = $1", policy.version);
  });
});

describe("invariant 6: at most once", () => {
  test("a released hold that is set back to approved is put right, not sent again", async () => {
    const hold = await fresh();
    await approve(gate, ada, hold.id);
    await settled(gate, ada, hold.id);
    await forge(
      "UPDATE gate.holds SET state = 'approved', ended_at = NULL, outcome = NULL WHERE id = $1",
      hold.id,
    );
    await startAgain();
    expect((await stopped(hold)).state).toBe("released");
    expect(fake.sent).toHaveLength(1);
  });

  test("a released hold that is set back to pending cannot be decided again", async () => {
    const hold = await fresh();
    await approve(gate, ada, hold.id);
    await settled(gate, ada, hold.id);
    await forge("UPDATE gate.holds SET state = 'pending', ended_at = NULL WHERE id = $1", hold.id);
    await expect(approve(gate, ada, hold.id)).rejects.toMatchObject({ code: "hold.dispatched" });
    await forge("UPDATE gate.holds SET state = 'released', ended_at = now() WHERE id = $1", hold.id);
  });

  test("an error before the first byte fails, and nothing was sent", async () => {
    fake.next = "refused-before";
    const hold = await fresh();
    await approve(gate, ada, hold.id);
    expect(await settled(gate, ada, hold.id)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("Nothing was sent") as string,
    });
    expect(fake.settledWith).toEqual([]);
  });

  test("an error after the first byte is found out, with the marker that was journalled", async () => {
    fake.next = "dies-after";
    const hold = await fresh();
    await approve(gate, ada, hold.id);
    expect(await settled(gate, ada, hold.id)).toMatchObject({ state: "released", words: "It had arrived." });
    expect(fake.settledWith).toEqual([{ group: 1234 }]);
    expect(fake.sent).toHaveLength(1);
  });

  test("what cannot be found out is unknown, and a person settles it with a signature", async () => {
    fake.next = "dies-after";
    const before = fake.found;
    fake.found = { state: "unknown", words: "Nobody can tell.", evidence: {} };
    const hold = await fresh();
    await approve(gate, ada, hold.id);
    expect((await settled(gate, ada, hold.id)).state).toBe("unknown");
    fake.found = before;
    const settle = await gate.core.policyChanges.proposeSettle(
      ada.person,
      ada.organization,
      hold.id,
      "failed",
    );
    expect((await now(hold)).state).toBe("unknown");
    await approve(gate, ada, settle.id);
    expect((await settled(gate, ada, settle.id)).state).toBe("released");
    expect((await now(hold)).state).toBe("failed");
    expect(fake.sent).toHaveLength(1);
  });

  test("the same action approved under a new hold is a new decision and is sent again (H30)", async () => {
    const [first, sameCommit] = [await fresh({ commit: "f0" }), "f0"];
    await approve(gate, ada, first.id);
    await settled(gate, ada, first.id);
    const second = await fresh({ commit: sameCommit });
    expect(second.id).not.toBe(first.id);
    expect(fake.sent).toHaveLength(1);
    await approve(gate, ada, second.id);
    await settled(gate, ada, second.id);
    expect(fake.sent).toHaveLength(2);
  });
});

test("an approval that could not be released in 12 hours is void", async () => {
  const hold = await fresh();
  await approvedAndStopped(hold);
  gate.clock.advance(LIMITS.approvedMs + 1000);
  await startAgain();
  expect((await settled(gate, ada, hold.id)).state).toBe("expired");
  expect(fake.sent).toEqual([]);
  gate.clock.advance(-LIMITS.approvedMs - 1000);
});

async function asSuperuser(sql: string, ...values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: gate.database.urls.superuser });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

test("invariant 11: after all of this the log verifies", async () => {
  await gate.restart();
  expect(await gate.core.receipts.verify(ada.organization)).toMatchObject({ firstBad: null });
});

describe("invariant 8: without a policy that the disk pins everything is refused", () => {
  test("the pinned version's row was edited", async () => {
    await asSuperuser("ALTER TABLE gate.policies DISABLE TRIGGER written_once");
    await asSuperuser(
      "UPDATE gate.policies SET document = jsonb_set(document, '{resources}', '[]') WHERE organization_id = $1 AND version = 2",
      ada.organization,
    );
    await gate.restart();
    await expect(gate.core.policies.current(ada.organization)).rejects.toMatchObject({
      code: "policy.unreadable",
    });
  });

  test("the pin is gone", async () => {
    rmSync(join(gate.folder, "policy", `${ada.organization}.json`));
    await gate.restart();
    await expect(gate.core.policies.current(ada.organization)).rejects.toMatchObject({
      code: "policy.unreadable",
    });
    await expect(
      gate.core.policies.resourceFor(ada.organization, "ws_aaaaaaaaaaaa", place.resource),
    ).rejects.toMatchObject({ code: "policy.unreadable" });
  });
});
