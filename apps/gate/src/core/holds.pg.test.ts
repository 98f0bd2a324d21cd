import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { push, WORKSTATION } from "../testing/fake-push.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, found, reject, settled } from "../testing/test-core.ts";
import { NOBODY_ANSWERED } from "./expiry.ts";
import { LIMITS } from "./limits.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());
beforeEach(async () => await t.reset());

const open = async (options: Parameters<typeof push>[3]): ReturnType<typeof push> =>
  await push(t.gate, t.ada, t.place, options);

test("H28: the same action asked twice while it is held is the same hold, also at the same time", async () => {
  const holds = await Promise.all([open({ commit: "a0" }), open({ commit: "a0" }), open({ commit: "a0" })]);
  expect(new Set(holds.map((hold) => hold.id)).size).toBe(1);
  expect(t.gate.notified.filter((line) => line === `opened ${holds[0].id}`)).toHaveLength(1);
});

test("invariant 7: the payload is kept before anybody hears of the hold; when keeping fails there is no hold", async () => {
  const before = await t.gate.core.holds.list(t.ada.organization, {});
  const kept: string[] = [];
  await expect(
    open({
      commit: "a1",
      keep: async (id) => {
        kept.push(id);
        await expect(t.gate.core.holds.get(t.ada.organization, id)).rejects.toMatchObject({
          code: "not-found",
        });
        throw new Error("disk full");
      },
    }),
  ).rejects.toThrow("disk full");
  expect(kept).toHaveLength(1);
  expect(await t.gate.core.holds.list(t.ada.organization, {})).toHaveLength(before.length);
});

describe("superseding", () => {
  test("a newer push replaces the pending one of the same workstation", async () => {
    const old = await open({ commit: "b0" });
    const newer = await open({ commit: "b1", supersedes: old.id });
    expect(await t.now(old)).toMatchObject({ state: "superseded", supersededBy: newer.id });
    expect(t.gate.notified).toContain(`superseded ${old.id}`);
  });

  test("C4: another workstation cannot replace it", async () => {
    const old = await open({ commit: "b2" });
    await open({ commit: "b3", supersedes: old.id, workstation: "ws_bbbbbbbbbbbb" });
    expect((await t.now(old)).state).toBe("pending");
  });

  test("what was decided meanwhile stays decided", async () => {
    const old = await open({ commit: "b4" });
    await reject(t.gate, t.ada, old.id, "No.");
    const newer = await open({ commit: "b5", supersedes: old.id });
    expect([(await t.now(old)).state, newer.state]).toEqual(["rejected", "pending"]);
  });
});

describe("nobody answered", () => {
  test("is recorded as such, never as a person's no", async () => {
    const hold = await open({ commit: "c0" });
    const waiting = settled(t.gate, t.ada, hold.id);
    t.gate.clock.advance(LIMITS.pendingMs + 1000);
    await t.gate.core.expireOnce();
    expect(await waiting).toMatchObject({
      state: "expired",
      words: NOBODY_ANSWERED,
      decidedBy: null,
      decidedAt: null,
    });
    const receipts = await t.gate.core.receipts.ofHold(t.ada.organization, hold.id);
    expect(receipts.map((receipt) => receipt.kind)).toEqual(["hold.opened", "hold.moved"]);
    t.gate.clock.advance(-LIMITS.pendingMs - 1000);
  });

  test("a hold whose time is over is not decided, even before it is marked", async () => {
    const other = await openPushGate(inject("postgres"));
    const hold = await other.fresh();
    await other.forge(
      "UPDATE gate.holds SET expires_at = now() - interval '1 second' WHERE id = $1",
      hold.id,
    );
    await expect(approve(other.gate, other.ada, hold.id)).rejects.toMatchObject({
      code: "hold.decided",
      details: { state: "expired" },
    });
    await other.gate.close();
  });
});

describe("waiting", () => {
  test("a wait ends with the decision", async () => {
    const hold = await open({ commit: "d0" });
    const waiting = settled(t.gate, t.ada, hold.id);
    await reject(t.gate, t.ada, hold.id, "Not tonight.");
    expect(await waiting).toMatchObject({ state: "rejected", words: "Not tonight." });
  });

  test("a wait ends when its time is over or its client is gone, and the hold lives on", async () => {
    const hold = await open({ commit: "d1" });
    const { holds } = t.gate.core;
    expect(
      (await holds.waitUntilSettled(t.ada.organization, hold.id, 20, new AbortController().signal)).state,
    ).toBe("pending");
    const gone = new AbortController();
    const waiting = holds.waitUntilSettled(t.ada.organization, hold.id, 60_000, gone.signal);
    gone.abort();
    expect((await waiting).state).toBe("pending");
    expect(t.gate.core.events.count).toBe(0);
  });

  test("a client waits longer while somebody has the gate open", () => {
    const { holds, presence } = t.gate.core;
    expect(holds.clientWaitMs(t.ada.organization)).toBe(LIMITS.clientWaitMs);
    const leave = presence.enter(t.ada.person, [t.ada.organization]);
    expect(holds.clientWaitMs(t.ada.organization)).toBe(LIMITS.clientWaitWatchedMs);
    leave();
    leave();
    expect(holds.clientWaitMs(t.ada.organization)).toBe(LIMITS.clientWaitMs);
  });
});

test("a withdrawn hold is over", async () => {
  const hold = await open({ commit: "e0" });
  await t.gate.core.holds.withdraw(t.ada.organization, hold.id, "The workstation is gone.");
  expect(await t.now(hold)).toMatchObject({ state: "withdrawn", words: "The workstation is gone." });
  await expect(t.gate.core.holds.withdraw(t.ada.organization, hold.id, "")).rejects.toMatchObject({
    code: "hold.decided",
  });
});

describe("invariant 9: tenants never meet", () => {
  test("A1: another organization's hold is neither found, listed, waited for nor withdrawn", async () => {
    const eve = await found(t.gate, "Eve");
    const hold = await open({ commit: "f0" });
    const { holds } = t.gate.core;
    const attempts = [
      async () => await holds.get(eve.organization, hold.id),
      async () => await holds.waitUntilSettled(eve.organization, hold.id, 1, new AbortController().signal),
      async () => await holds.withdraw(eve.organization, hold.id, ""),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "not-found" });
    expect((await holds.list(eve.organization, {})).map((entry) => entry.id)).toEqual([eve.foundingHold]);
    expect(await t.gate.core.receipts.ofHold(eve.organization, hold.id)).toEqual([]);
  });

  test("an action of one organization cannot be held in another", async () => {
    const { action } = await open({ commit: "f1" });
    await expect(
      t.gate.core.store.write(t.ada.organization, async (unit) => await unit.hold("H-00000000")),
    ).resolves.toBeNull();
    await expect(
      t.gate.core.holds.open({
        action: { ...action, organization: "org_zzzzzzzzzzzz" },
        card: { title: "x", verb: "x", target: "x", facts: [], flags: [], undrawn: [] },
        caller: null,
        resource: null,
        agentWords: "",
        supersedes: null,
        keep: async () => undefined,
      }),
    ).rejects.toMatchObject({ code: "not-found" });
  });
});

test("invariant 8: an action of a kind that is not in the union is refused", async () => {
  const strange = { kind: "shell.run", organization: t.ada.organization } as unknown as Parameters<
    typeof t.gate.core.holds.open
  >[0]["action"];
  await expect(
    t.gate.core.holds.open({
      action: strange,
      card: { title: "x", verb: "x", target: "x", facts: [], flags: [], undrawn: [] },
      caller: null,
      resource: null,
      agentWords: "",
      supersedes: null,
      keep: async () => undefined,
    }),
  ).rejects.toMatchObject({ code: "input.invalid" });
});

test("invariant 12, H27: a workstation's pending holds are bounded, and another's still open", async () => {
  const other = await openPushGate(inject("postgres"));
  const pushes = Array.from({ length: LIMITS.pendingHoldsPerWorkstationMax }, (_, index) => index + 16);
  for (const commit of pushes)
    await push(other.gate, other.ada, other.place, { commit: commit.toString(16) });
  await expect(push(other.gate, other.ada, other.place, { commit: "ff" })).rejects.toMatchObject({
    code: "too-many",
  });
  expect(
    (await push(other.gate, other.ada, other.place, { commit: "ff", workstation: "ws_bbbbbbbbbbbb" }))
      .workstation,
  ).not.toBe(WORKSTATION);
  await other.gate.close();
});
