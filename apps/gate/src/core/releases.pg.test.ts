import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, settled } from "../testing/test-core.ts";
import { LIMITS } from "./limits.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => await t.reset());

test("what was approved before a stop is released after the start, once", async () => {
  const hold = await t.fresh();
  await t.approveAndStop(hold);
  await t.startAgain();
  expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
  await t.startAgain();
  expect(t.fake.sent).toEqual([hold.actionDigest]);
});

describe("invariant 6: at most once", () => {
  test("a released hold that is set back to approved is put right, not sent again", async () => {
    const hold = await t.fresh();
    await approve(t.gate, t.ada, hold.id);
    await settled(t.gate, t.ada, hold.id);
    await t.forge(
      "UPDATE gate.holds SET state = 'approved', ended_at = NULL, outcome = NULL WHERE id = $1",
      hold.id,
    );
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("released");
    expect(t.fake.sent).toHaveLength(1);
  });

  test("a released hold that is set back to pending cannot be decided again", async () => {
    const hold = await t.fresh();
    await approve(t.gate, t.ada, hold.id);
    await settled(t.gate, t.ada, hold.id);
    await t.forge("UPDATE gate.holds SET state = 'pending', ended_at = NULL WHERE id = $1", hold.id);
    await expect(approve(t.gate, t.ada, hold.id)).rejects.toMatchObject({ code: "hold.dispatched" });
    await t.forge("UPDATE gate.holds SET state = 'released', ended_at = now() WHERE id = $1", hold.id);
  });

  test("an error before the first byte fails, and nothing was sent", async () => {
    t.fake.next = "refused-before";
    const hold = await t.fresh();
    await approve(t.gate, t.ada, hold.id);
    expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("Nothing was sent") as string,
    });
    expect(t.fake.settledWith).toEqual([]);
  });

  test("an error after the first byte is found out, with the marker that was journalled", async () => {
    t.fake.next = "dies-after";
    const hold = await t.fresh();
    await approve(t.gate, t.ada, hold.id);
    expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({
      state: "released",
      words: "It had arrived.",
    });
    expect(t.fake.settledWith).toEqual([{ group: 1234 }]);
    expect(t.fake.sent).toHaveLength(1);
  });

  test("what cannot be found out is unknown, and a person settles it with a signature", async () => {
    t.fake.next = "dies-after";
    const before = t.fake.found;
    t.fake.found = { state: "unknown", words: "Nobody can tell.", evidence: {} };
    const hold = await t.fresh();
    await approve(t.gate, t.ada, hold.id);
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("unknown");
    t.fake.found = before;
    const settle = await t.gate.core.policyChanges.proposeSettle(
      t.ada.person,
      t.ada.organization,
      hold.id,
      "failed",
    );
    expect((await t.now(hold)).state).toBe("unknown");
    await approve(t.gate, t.ada, settle.id);
    expect((await settled(t.gate, t.ada, settle.id)).state).toBe("released");
    expect((await t.now(hold)).state).toBe("failed");
    expect(t.fake.sent).toHaveLength(1);
  });

  test("the same action approved under a new hold is a new decision and is sent again (H30)", async () => {
    const [first, sameCommit] = [await t.fresh({ commit: "f0" }), "f0"];
    await approve(t.gate, t.ada, first.id);
    await settled(t.gate, t.ada, first.id);
    const second = await t.fresh({ commit: sameCommit });
    expect(second.id).not.toBe(first.id);
    expect(t.fake.sent).toHaveLength(1);
    await approve(t.gate, t.ada, second.id);
    await settled(t.gate, t.ada, second.id);
    expect(t.fake.sent).toHaveLength(2);
  });
});

test("invariant 6: an outcome that is in the journal and not yet in the row is written down; nothing is sent or asked", async () => {
  const hold = await t.fresh();
  await t.approveAndStop(hold);
  const { store, journal } = t.gate.core;
  await store.write(hold.organization, async (unit) => {
    await unit.moveHold(hold.id, { from: "approved", to: "releasing" }, {});
    unit.receipt({ kind: "release.started", hold: hold.id, actionDigest: hold.actionDigest });
  });
  const at = new Date().toISOString();
  const { organization, id, actionDigest } = hold;
  journal.dispatched({ at, organization, hold: id, actionDigest, marker: {} });
  const outcome = { state: "released" as const, words: "The journal knows.", evidence: {} };
  journal.ended({ at, organization, hold: id, outcome });
  await t.startAgain();
  expect(await settled(t.gate, t.ada, id)).toMatchObject({ state: "released", words: "The journal knows." });
  expect([t.fake.sent, t.fake.settledWith]).toEqual([[], []]);
});

test("an approval that could not be released in 12 hours is void", async () => {
  const hold = await t.fresh();
  await t.approveAndStop(hold);
  t.gate.clock.advance(LIMITS.approvedMs + 1000);
  await t.startAgain();
  expect((await settled(t.gate, t.ada, hold.id)).state).toBe("expired");
  expect(t.fake.sent).toEqual([]);
  t.gate.clock.advance(-LIMITS.approvedMs - 1000);
});

test("invariant 11: after all of this the log verifies", async () => {
  await t.gate.restart();
  expect(await t.gate.core.receipts.verify(t.ada.organization)).toMatchObject({ firstBad: null });
});
