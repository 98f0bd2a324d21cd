import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
/** One touch for several holds: each is signed, recorded and released by itself, all of them are decided or none, and the log proves it. */
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { Hold } from "../core/ports.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { found, ORIGIN, reject, RP_ID, settled } from "../testing/test-core.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => await t.reset());

const APPROVE = { verdict: "approve" as const, words: "", ticked: [] as string[] };
const begin = async (holds: readonly Hold[], verdict = APPROVE): Promise<unknown> =>
  await t.gate.core.decisions.beginSheet(
    t.ada.person,
    t.ada.organization,
    holds.map(({ id }) => ({ hold: id, verdict })),
  );
const finish = async (answer: unknown): Promise<Hold[]> =>
  await t.gate.core.decisions.finishSheet(t.ada.person, t.ada.organization, answer);
const states = async (holds: readonly Hold[]): Promise<string[]> =>
  await Promise.all(holds.map(async (hold) => (await t.now(hold)).state));

test("one touch decides three holds; each has its own receipt and challenge, and all of them verify offline", async () => {
  const holds = [await t.fresh(), await t.fresh(), await t.fresh()];
  const decided = await finish(t.ada.authenticator.get(await begin(holds)));
  expect(decided.map(({ id }) => id)).toEqual(holds.map(({ id }) => id));
  for (const hold of holds)
    expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({ state: "released" });
  // To one repository they go one after the other, in the order of the sheet.
  expect(t.fake.sent).toEqual(holds.map(({ actionDigest }) => actionDigest));
  const { rows } = (await t.forge("SELECT challenge, batch FROM gate.decisions WHERE batch IS NOT NULL")) as {
    rows: { challenge: string; batch: string[] }[];
  };
  expect(new Set(rows.map(({ challenge }) => challenge)).size).toBe(3);
  for (const { challenge, batch } of rows) expect(batch).toContain(challenge);
  expect((await t.gate.core.receipts.verify(t.ada.organization)).firstBad).toBeNull();
});

test("W3: the answer counts once, and for this sheet only", async () => {
  const holds = [await t.fresh(), await t.fresh()];
  const answer = t.ada.authenticator.get(await begin(holds));
  await finish(answer);
  await expect(finish(answer)).rejects.toMatchObject({ code: "challenge.unusable" });
  // A sheet's answer is no answer for one hold, and the other way round.
  const [one, other] = [await t.fresh(), await t.fresh()];
  const sheet = t.ada.authenticator.get(await begin([one, other]));
  await expect(
    t.gate.core.decisions.finish(t.ada.person, t.ada.organization, one.id, sheet),
  ).rejects.toMatchObject({ code: "challenge.unusable" });
  const alone = t.ada.authenticator.get(
    await t.gate.core.decisions.begin(t.ada.person, t.ada.organization, one.id, APPROVE),
  );
  await expect(finish(alone)).rejects.toMatchObject({ code: "challenge.unusable" });
  expect(await states([one, other])).toEqual(["pending", "pending"]);
});

test("all or none: if one of them was decided meanwhile, nothing of the sheet is", async () => {
  const holds = [await t.fresh(), await t.fresh()];
  const answer = t.ada.authenticator.get(await begin(holds));
  await reject(t.gate, t.ada, holds[1]?.id ?? "", "Not this one.");
  await expect(finish(answer)).rejects.toMatchObject({ code: "hold.decided" });
  expect(await states(holds)).toEqual(["pending", "rejected"]);
  expect(t.fake.sent).toEqual([]);
});

test("invariant 3: a sheet is refused that leaves a tick out, names a hold twice, or has one hold", async () => {
  const undrawn = [{ what: "logo.png", bytes: 9, digest: "a".repeat(64) }];
  const [one, other] = [await t.fresh({ undrawn }), await t.fresh()];
  await expect(begin([one, other])).rejects.toMatchObject({ code: "decision.ticks-differ" });
  await expect(begin([other, other])).rejects.toMatchObject({ code: "input.invalid" });
  await expect(begin([other])).rejects.toMatchObject({ code: "input.invalid" });
});

test("invariant 9: a stranger's sheet finds no hold; a stranger's passkey signs nothing", async () => {
  const holds = [await t.fresh(), await t.fresh()];
  const bob = await found(t.gate, "Bob");
  const asked = holds.map(({ id }) => ({ hold: id, verdict: APPROVE }));
  for (const organization of [t.ada.organization, bob.organization])
    await expect(t.gate.core.decisions.beginSheet(bob.person, organization, asked)).rejects.toMatchObject({
      code: "not-found",
    });
  const options = await begin(holds);
  const stranger = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
  stranger.create(await t.gate.core.passkeys.beginAdd(t.ada.person));
  // A stranger's device is not bound by the list of passkeys that the page was given.
  await expect(finish(stranger.get({ ...(options as object), allowCredentials: [] }))).rejects.toMatchObject({
    name: "Problem",
  });
  expect(await states(holds)).toEqual(["pending", "pending"]);
});

test("invariant 4: a signed sheet proves nothing for a hold that was not on it", async () => {
  const holds = [await t.fresh(), await t.fresh()];
  await finish(t.ada.authenticator.get(await begin(holds)));
  for (const hold of holds) await settled(t.gate, t.ada, hold.id);
  const target = await t.fresh();
  // The thief of the database writes the target into the sheet of a decision that was really signed.
  await t.forge(
    `INSERT INTO gate.decisions SELECT organization_id, $2, person_id, credential, verdict, nonce, log_head, challenge || 'x',
       assertion, created_at, batch || to_jsonb(challenge || 'x') FROM gate.decisions WHERE hold_id = $1`,
    holds[0]?.id ?? "",
    target.id,
  );
  await t.forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", target.id);
  await t.startAgain();
  expect((await t.stopped(target)).state).toBe("pending");
  expect(t.fake.sent).toHaveLength(2);
});
