/** Approval attacked with everything that somebody has who took the database, stood between, or simply waited: nothing of it releases a hold. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { Hold } from "../core/ports.ts";
import { addRepository } from "../testing/fake-push.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, reject, settled } from "../testing/test-core.ts";

const DAY_MS = 86_400_000;
let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => await t.reset());

type Verdict = Parameters<PushGate["gate"]["core"]["decisions"]["begin"]>[3];
const APPROVE: Verdict = { verdict: "approve", words: "", ticked: [] };

/** The passkey's answer over this verdict, not handed in yet. */
async function signed(hold: Hold, verdict: Verdict = APPROVE): Promise<Record<string, unknown>> {
  const { ada, gate } = t;
  const options = await gate.core.decisions.begin(ada.person, ada.organization, hold.id, verdict);
  return ada.authenticator.get(options);
}
const handIn = async (hold: Hold, answer: unknown): Promise<Hold> =>
  await t.gate.core.decisions.finish(t.ada.person, t.ada.organization, hold.id, answer);
const refusalOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "done",
    (error: unknown) => String((error as { code?: string }).code ?? error),
  );

describe("W3: an assertion that was used, or is too late", () => {
  test("counts for nothing after the gate was started anew", async () => {
    const hold = await t.fresh();
    const answer = await signed(hold);
    await handIn(hold, answer);
    await settled(t.gate, t.ada, hold.id);
    await t.gate.restart();
    expect(await refusalOf(handIn(hold, answer))).toMatch(/^(hold\.dispatched|challenge\.unusable)$/);
    expect(t.fake.sent).toEqual([hold.actionDigest]);
  });

  test("counts for nothing when a thief of the database makes its challenge look unused, and the hold pending", async () => {
    const hold = await t.fresh();
    const answer = await signed(hold);
    await handIn(hold, answer);
    await settled(t.gate, t.ada, hold.id);
    await t.forge("UPDATE gate.challenges SET used_at = NULL, expires_at = now() + interval '1 day'");
    await t.forge(
      "UPDATE gate.holds SET state = 'pending', decided_at = NULL, ended_at = NULL WHERE id = $1",
      hold.id,
    );
    expect(await refusalOf(handIn(hold, answer))).not.toBe("done");
    await t.startAgain();
    expect(await refusalOf(handIn(hold, answer))).not.toBe("done");
    expect(t.fake.sent).toEqual([hold.actionDigest]);
  });

  test("W22: a yes that was signed before the no is void after it, also when the row is put back", async () => {
    const hold = await t.fresh();
    const yes = await signed(hold);
    await reject(t.gate, t.ada, hold.id);
    expect(await refusalOf(handIn(hold, yes))).toBe("hold.decided");
    await t.forge(
      "UPDATE gate.holds SET state = 'pending', decided_at = NULL, ended_at = NULL WHERE id = $1",
      hold.id,
    );
    await t.forge("UPDATE gate.challenges SET used_at = NULL");
    expect(await refusalOf(handIn(hold, yes))).not.toBe("done");
    await t.startAgain();
    expect((await t.stopped(hold)).state).not.toBe("released");
    expect(t.fake.sent).toEqual([]);
  });

  test("A7: silence releases nothing: a hold whose time is over is not approved by an answer that was signed in time", async () => {
    const hold = await t.fresh();
    await t.forge("UPDATE gate.holds SET expires_at = now() - interval '1 second' WHERE id = $1", hold.id);
    expect(await refusalOf(signed(hold))).not.toBe("done");
    const fresh = await t.fresh();
    const answer = await signed(fresh);
    await t.forge("UPDATE gate.holds SET expires_at = now() - interval '1 second' WHERE id = $1", fresh.id);
    expect(await refusalOf(handIn(fresh, answer))).not.toBe("done");
    expect(t.fake.sent).toEqual([]);
  });
});

test("W1: no message makes a decision: web has words for it, and the gate has no ears", async () => {
  const hold = await t.fresh();
  await t.asSuperuser(
    "SELECT pg_notify('nightgate_changes', $1)",
    JSON.stringify({ table: "gate.holds", organization: t.ada.organization, id: hold.id }),
  );
  await t.asSuperuser(
    "SELECT pg_notify('nightgate_changes', $1)",
    JSON.stringify({
      table: "gate.decisions",
      organization: t.ada.organization,
      id: hold.id,
      verdict: "approve",
    }),
  );
  await t.asSuperuser(
    "INSERT INTO jobs.inbox (organization_id, body) VALUES ($1, $2)",
    t.ada.organization,
    JSON.stringify({ kind: "hold.approved", hold: hold.id }),
  );
  await t.gate.core.releases.recover();
  expect((await t.stopped(hold)).state).toBe("pending");
  expect(t.fake.sent).toEqual([]);
});

describe("L8: what was released, the log and the disk knew before", () => {
  test("the first byte leaves after the journal has it and the log says that it begins", async () => {
    const hold = await t.fresh();
    const journalled: boolean[] = [];
    const { sent } = t.fake;
    const before = sent.push.bind(sent);
    sent.push = (...digests) => {
      const journal = readFileSync(join(t.gate.folder, "journal/dispatched.jsonl"), "utf8");
      journalled.push(journal.includes(hold.id));
      return before(...digests);
    };
    await approve(t.gate, t.ada, hold.id);
    await settled(t.gate, t.ada, hold.id);
    Reflect.deleteProperty(sent, "push");
    expect(journalled).toEqual([true]);
    const kinds = (await t.gate.core.receipts.ofHold(t.ada.organization, hold.id)).map(({ kind }) => kind);
    expect(kinds).toEqual(["hold.opened", "hold.decided", "release.started", "release.ended"]);
  });

  test("W20: cut off in mid-release and with nobody to ask, it stays unknown: not sent again, not approved again, and the log has it", async () => {
    const hold = await t.fresh();
    t.fake.next = "dies-after";
    t.fake.found = { state: "unknown", words: "Nobody can say.", evidence: {} };
    const spare = await signed(hold);
    await approve(t.gate, t.ada, hold.id);
    expect((await settled(t.gate, t.ada, hold.id)).state).toBe("unknown");
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("unknown");
    await t.startAgain();
    expect(await refusalOf(handIn(hold, spare))).not.toBe("done");
    // Also with the row put back to where it could be sent from.
    await t.forge("UPDATE gate.holds SET state = 'approved', ended_at = NULL WHERE id = $1", hold.id);
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("unknown");
    expect(t.fake.sent).toEqual([hold.actionDigest]);
    t.fake.found = { state: "released", words: "It had arrived.", evidence: {} };
    await t.gate.restart();
    expect(await t.gate.core.receipts.verify(t.ada.organization)).toMatchObject({ firstBad: null });
  });
});

describe("L10, invariant 8: a clock that lies", () => {
  test.each([
    ["behind the log", -40_000],
    ["a day ahead", DAY_MS],
    ["years behind", -3 * 365 * DAY_MS],
  ])("decides nothing and releases nothing: %s", async (_how, ms) => {
    const hold = await t.fresh();
    const answer = await signed(hold);
    t.gate.clock.advance(ms);
    try {
      expect(await refusalOf(signed(hold))).not.toBe("done");
      expect(await refusalOf(handIn(hold, answer))).not.toBe("done");
      expect(t.fake.sent).toEqual([]);
    } finally {
      t.gate.clock.advance(-ms);
    }
  });

  test("time in the log never runs backwards", async () => {
    const { receipts } = await t.gate.core.receipts.exportLog(t.ada.organization);
    const times = receipts.map(({ body }) => Date.parse((body as { at: string }).at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe("A5, V12: the database is put back to what it was", () => {
  test("with an earlier policy that was truly signed, everything is refused: the disk pins the newer one", async () => {
    const { ada, gate } = t;
    const before = await gate.core.policies.current(ada.organization);
    await addRepository(gate, ada, "another-secret");
    const now = await gate.core.policies.current(ada.organization);
    expect(now.version).toBe(before.version + 1);
    const [row] = (
      await gate.forge(ada.organization, "SELECT * FROM gate.policies WHERE version = $1", [now.version])
    ).rows as Record<string, unknown>[];
    await t.asSuperuser("ALTER TABLE gate.policies DISABLE TRIGGER written_once");
    await t.asSuperuser("DELETE FROM gate.policies WHERE version = $1", now.version);
    await t.forge("UPDATE gate.organizations SET policy_version = $1", before.version);
    await gate.restart();
    expect(await refusalOf(gate.core.policies.current(ada.organization))).toBe("policy.unreadable");
    expect(
      await refusalOf(gate.core.policies.resourceFor(ada.organization, "ws_aaaaaaaaaaaa", t.place.resource)),
    ).toBe("policy.unreadable");
    // The row of the newer version with the older version's content is no better.
    await t.asSuperuser(
      "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, $2, $3, $4)",
      ada.organization,
      now.version,
      JSON.stringify({ ...before, version: now.version }),
      String(row?.["hold_id"]),
    );
    await t.forge("UPDATE gate.organizations SET policy_version = $1", now.version);
    await gate.restart();
    expect(await refusalOf(gate.core.policies.current(ada.organization))).toBe("policy.unreadable");
    await t.asSuperuser(
      "UPDATE gate.policies SET document = $1 WHERE version = $2",
      JSON.stringify(now),
      now.version,
    );
    await t.asSuperuser("ALTER TABLE gate.policies ENABLE TRIGGER written_once");
    await gate.restart();
    expect(await gate.core.policies.current(ada.organization)).toEqual(now);
  });
});

test("invariant 11: after all of this the log verifies", async () => {
  expect(await t.gate.core.receipts.verify(t.ada.organization)).toMatchObject({ firstBad: null });
});
