/** Grants over a real database: what they let go, what they never do, and every way in which somebody might make one that nobody signed. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { WORKSTATION } from "../testing/fake-push.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, settled } from "../testing/test-core.ts";
import type { Hold, PolicyChanges } from "./ports.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => {
  // What an earlier test left open must not cover this one's pushes.
  for (const grant of await t.gate.core.grants.list(t.ada.organization))
    await t.gate.core.grants.revoke(t.ada.person, t.ada.organization, grant.id);
  await t.reset();
});

type Scope = Parameters<PolicyChanges["proposeGrant"]>[2];
const inAnHour = (): string => new Date(t.gate.clock.now() + 3_600_000).toISOString();
const propose = async (scope: Partial<Scope> = {}): Promise<Hold> =>
  await t.gate.core.policyChanges.proposeGrant(t.ada.person, t.ada.organization, {
    resource: t.place.resource,
    workstation: "*",
    refs: ["refs/heads/agent/*"],
    verbs: ["create", "fast-forward"],
    count: 2,
    until: inAnHour(),
    ...scope,
  });
const grant = async (scope: Partial<Scope> = {}): Promise<Hold> => {
  const hold = await propose(scope);
  await approve(t.gate, t.ada, hold.id);
  return await settled(t.gate, t.ada, hold.id);
};
const push = async (options: Parameters<PushGate["fresh"]>[0] = {}): Promise<Hold> =>
  await t.fresh({ ref: "refs/heads/agent/one", ...options });
const end = async (hold: Hold): Promise<Hold> => await settled(t.gate, t.ada, hold.id);
const verdict = async (): Promise<unknown> =>
  (await t.gate.core.receipts.verify(t.ada.organization)).firstBad;

describe("a grant", () => {
  test("lets the pushes go that it covers, rings nobody, and leaves receipts that verify offline", async () => {
    const opened = await grant();
    const hold = await push();
    expect(await end(hold)).toMatchObject({ state: "released" });
    expect(t.fake.sent).toEqual([hold.actionDigest]);
    expect(t.gate.notified).not.toContain(`opened ${hold.id}`);
    const kinds = (await t.gate.core.receipts.ofHold(t.ada.organization, hold.id)).map(({ kind }) => kind);
    expect(kinds).toEqual(["hold.opened", "hold.granted", "release.started", "release.ended"]);
    expect(await t.gate.core.grants.list(t.ada.organization)).toMatchObject([
      { id: opened.id, used: 1, state: "open" },
    ]);
    expect(await verdict()).toBeNull();
  });

  test("invariant 6: is used as often as was signed for and no more, also after a restart and side by side", async () => {
    await grant({ count: 2 });
    const holds = await Promise.all([push(), push(), push()]);
    await t.startAgain();
    const more = await push();
    const states = await Promise.all(holds.map(async (hold) => (await t.now(hold)).state));
    for (const hold of holds.filter((_, index) => states[index] !== "pending")) await end(hold);
    expect(states.filter((state) => state === "pending")).toHaveLength(1);
    expect((await t.now(more)).state).toBe("pending");
    expect(t.fake.sent).toHaveLength(2);
    expect(await verdict()).toBeNull();
  });

  test("is over when its time is, and when it is revoked, from that moment on", async () => {
    const opened = await grant();
    await t.gate.core.grants.revoke(t.ada.person, t.ada.organization, opened.id);
    expect((await push()).state).toBe("pending");
    await grant();
    t.gate.clock.advance(3_700_000);
    const late = await push();
    t.gate.clock.advance(-3_700_000);
    expect((await t.now(late)).state).toBe("pending");
    expect(t.fake.sent).toEqual([]);
    expect(await verdict()).toBeNull();
  });

  test("invariant 8: covers nothing while the gate's clock is off", async () => {
    await grant();
    t.gate.clock.advance(60_000);
    const hold = await push();
    t.gate.clock.advance(-60_000);
    expect((await t.now(hold)).state).toBe("pending");
  });

  test.each([
    ["another ref", { ref: "refs/heads/main" }],
    ["a ref that only looks like one below it", { ref: "refs/heads/agentx/one" }],
    ["the folder itself", { ref: "refs/heads/agent/" }],
    ["a forced push", { verb: "force" }],
    ["a deletion", { verb: "delete" }],
    ["a tag", { ref: "refs/tags/agent/one", verb: "tag-create" }],
    ["something dangerous", { flags: [{ level: "danger", code: "workflow", text: "Changes a workflow." }] }],
    ["another workstation", { workstation: "ws_bbbbbbbbbbbb" }],
  ] as const)("W21: does not cover %s", async (_, options) => {
    await grant({ workstation: WORKSTATION });
    const { flags, ...rest } = { flags: [], ...options };
    expect((await push({ ...rest, flags: [...flags] })).state).toBe("pending");
    expect(t.fake.sent).toEqual([]);
  });

  test.each([
    ["for ever", { until: "2099-01-01T00:00:00.000Z" }],
    ["in the past", { until: "2020-01-01T00:00:00.000Z" }],
    ["for a repository that is not there", { resource: "res_aaaaaaaaaaaa" }],
    ["for refs that are none", { refs: ["*"] }],
    ["for hidden refs", { refs: ["refs/replace/*"] }],
  ])("is not proposed %s", async (_, scope) => {
    await expect(propose(scope)).rejects.toMatchObject({ code: "input.invalid" });
  });
});

describe("invariant 4: a grant that nobody signed opens nothing", () => {
  test("a pending one marked as released", async () => {
    const hold = await propose();
    await t.forge("UPDATE gate.holds SET state = 'released', ended_at = now() WHERE id = $1", hold.id);
    expect((await push()).state).toBe("pending");
    expect(t.gate.logged.map(({ message }) => message)).toContain(
      "a grant without a valid signature was found",
    );
  });

  test("a signed one with a wider scope, or more uses, written over it", async () => {
    const opened = await grant();
    await t.forge(
      `UPDATE gate.holds SET action = jsonb_set(action, '{refs}', '["refs/heads/main"]') WHERE id = $1`,
      opened.id,
    );
    expect((await push({ ref: "refs/heads/main" })).state).toBe("pending");
    await t.forge(
      `UPDATE gate.holds SET action = jsonb_set(action, '{count}', '1000') WHERE id = $1`,
      opened.id,
    );
    expect((await push()).state).toBe("pending");
    expect(t.fake.sent).toEqual([]);
  });

  test("a hold marked as approved, without a use on the gate's disk", async () => {
    await grant();
    const hold = await t.fresh({ ref: "refs/heads/main" });
    await t.forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", hold.id);
    await t.startAgain();
    expect((await t.stopped(hold)).state).toBe("pending");
    expect(t.fake.sent).toEqual([]);
  });

  test("one that was let go, when the disk has lost its uses: it is not released", async () => {
    await grant();
    await t.gate.core.releases.stop();
    const hold = await push();
    expect(hold.state).toBe("approved");
    await t.gate.whileStopped(() => rmSync(join(t.gate.folder, "journal", "grants.jsonl")));
    await t.gate.core.releases.recover();
    expect(await end(hold)).toMatchObject({
      state: "withdrawn",
      words: expect.stringContaining("disk") as string,
    });
    expect(t.fake.sent).toEqual([]);
  });

  test("revoked on the disk, whatever the log and the rows say", async () => {
    const opened = await grant();
    t.gate.core.grantUses.revoke({ at: "now", organization: t.ada.organization, grant: opened.id });
    expect((await push()).state).toBe("pending");
  });
});
