/** Where the policy asks for several approvers: persons are counted, one rejection ends it, and no row stands for a signature. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Hold } from "../core/ports.ts";
import { openPeopleWorld, type PeopleWorld } from "../testing/people-world.ts";
import { approve, type Founder, reject, settled } from "../testing/test-core.ts";

let t: PeopleWorld;
let bo: Founder;
beforeAll(async () => {
  t = await openPeopleWorld(inject("postgres"));
  bo = await t.join(t.ada.organization, "member", "Bo");
  await t.makeApprover(bo);
  const hold = await t.persons().candidacies.proposeQuorum(t.ada.person, t.ada.organization, 2);
  await approve(t.gate, t.ada, hold.id);
  await settled(t.gate, t.ada, hold.id);
});
afterAll(async () => await t.gate.close());

const stateOf = async (hold: Hold): Promise<string> => (await t.now(hold)).state;

test("one approval is not enough, two are; it is sent once, and the log proves both", async () => {
  const push = await t.fresh();
  await approve(t.gate, t.ada, push.id);
  expect(await stateOf(push)).toBe("pending");
  expect(t.fake.sent).not.toContain(push.actionDigest);
  await approve(t.gate, bo, push.id);
  expect((await settled(t.gate, bo, push.id)).state).toBe("released");
  expect(t.fake.sent.filter((digest) => digest === push.actionDigest)).toHaveLength(1);
  expect(await t.verified()).toBeNull();
});

test("invariant 3: a change of how many must sign names both numbers and is marked as dangerous", async () => {
  const { card, id } = await t.persons().candidacies.proposeQuorum(t.ada.person, t.ada.organization, 1);
  expect(card.facts).toEqual([{ label: "Approvers who must sign", value: "2 until now, 1 from then on" }]);
  expect(card.flags).toMatchObject([{ level: "danger", code: "approvers-change" }]);
  await reject(t.gate, bo, id, "Two it is.");
});

test("one person counts once", async () => {
  const push = await t.fresh();
  await approve(t.gate, t.ada, push.id);
  await expect(approve(t.gate, t.ada, push.id)).rejects.toMatchObject({ code: "decision.given" });
  expect(await stateOf(push)).toBe("pending");
});

test("one rejection ends it, whoever approved before", async () => {
  const push = await t.fresh();
  await approve(t.gate, t.ada, push.id);
  await reject(t.gate, bo, push.id, "Not on a Friday.");
  expect(await stateOf(push)).toBe("rejected");
  expect(await t.verified()).toBeNull();
});

test("two at the same moment: both count, and it is sent once", async () => {
  const push = await t.fresh();
  const both = [t.ada, bo];
  await Promise.allSettled(both.map(async (who) => await approve(t.gate, who, push.id)));
  // Whoever was refused because the log had moved on meanwhile signs once more; whoever was not has signed already, or it is decided.
  for (const who of both) await approve(t.gate, who, push.id).catch((over: unknown) => over);
  expect((await settled(t.gate, bo, push.id)).state).toBe("released");
  expect(t.fake.sent.filter((digest) => digest === push.actionDigest)).toHaveLength(1);
});

test("invariant 4: a row that says approved after one signature releases nothing", async () => {
  const push = await t.fresh();
  await approve(t.gate, t.ada, push.id);
  await t.gate.forge(t.ada.organization, "UPDATE gate.holds SET state = 'approved' WHERE id = $1", [push.id]);
  await t.gate.core.releases.recover();
  await expect.poll(async () => await stateOf(push)).toBe("pending");
  expect(t.fake.sent).not.toContain(push.actionDigest);
});

test("invariant 4: a second decision that was forged beside the first counts for nobody", async () => {
  const push = await t.fresh();
  await approve(t.gate, t.ada, push.id);
  await t.gate.forge(
    t.ada.organization,
    `INSERT INTO gate.decisions (organization_id, hold_id, person_id, credential, verdict, nonce, log_head, challenge, assertion, batch)
     SELECT organization_id, hold_id, $2, credential, verdict, nonce, log_head, challenge || 'x', assertion, batch
     FROM gate.decisions WHERE hold_id = $1`,
    [push.id, bo.person],
  );
  // The forged one is in the way of the true one, and that is all: nothing is released on it.
  await approve(t.gate, bo, push.id).catch((refused: unknown) => refused);
  await t.gate.forge(t.ada.organization, "UPDATE gate.holds SET state = 'approved' WHERE id = $1", [push.id]);
  await t.gate.core.releases.recover();
  await expect.poll(async () => await stateOf(push)).toBe("pending");
  expect(t.fake.sent).not.toContain(push.actionDigest);
});

test("more than there are approvers cannot be asked for; taking it back needs both", async () => {
  await expect(
    t.persons().candidacies.proposeQuorum(t.ada.person, t.ada.organization, 3),
  ).rejects.toMatchObject({ code: "input.invalid" });
  const hold = await t.persons().candidacies.proposeQuorum(bo.person, bo.organization, 1);
  await approve(t.gate, bo, hold.id);
  expect(await stateOf(hold)).toBe("pending");
  await approve(t.gate, t.ada, hold.id);
  expect((await settled(t.gate, t.ada, hold.id)).state).toBe("released");
  const push = await t.fresh();
  await approve(t.gate, bo, push.id);
  expect((await settled(t.gate, bo, push.id)).state).toBe("released");
  expect(await t.verified()).toBeNull();
});
