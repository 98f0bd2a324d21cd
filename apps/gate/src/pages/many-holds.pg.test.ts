import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../core/limits.ts";
// Ten thousand holds and a hundred workstations (attack D3): none that waits is hidden, lists stay short, and a person can still act.
import type { Hold } from "../core/ports.ts";
import { addRepository, type PushPlace } from "../testing/fake-push.ts";
import { type Founder, found } from "../testing/test-core.ts";
import { PAGE_LIMITS } from "./limits.ts";
import { openPagesWorld, type PagesWorld } from "./testing/pages-world.ts";
import type { HoldList } from "./wire.ts";

const ENDED = 9_000;
let world: PagesWorld;
let ada: Founder;
let place: PushPlace;
let cookie: string;
let first: Hold;

beforeAll(async () => {
  world = await openPagesWorld(inject("postgres"));
  ada = await found(world.gate, "Ada");
  place = await addRepository(world.gate, ada);
  cookie = await world.cookie(ada);
  first = await world.hold(ada, place, { commit: "a0" });
  await copies(first, LIMITS.pendingHoldsMax - 1, "waiting", {});
  await copies(first, ENDED, "over", { state: "released", ended_at: new Date().toISOString() });
});
afterAll(async () => await world.close());

/** The same row again and again, of a hundred workstations, a second apart; the original is the newest. */
async function copies(hold: Hold, count: number, name: string, other: object): Promise<void> {
  const sql = `INSERT INTO gate.holds SELECT (jsonb_populate_record(h, $2::jsonb || jsonb_build_object(
      'id', 'H-' || $3 || n, 'action_digest', $3 || n, 'workstation_id', 'ws_' || lpad((n % 100)::text, 12, '0'),
      'created_at', h.created_at - n * interval '1 second'))).*
    FROM gate.holds h, generate_series(1, $4::int) n WHERE h.id = $1`;
  await world.gate.forge(ada.organization, sql, [hold.id, JSON.stringify(other), name, count]);
}

async function list(before?: string): Promise<HoldList> {
  const query = before === undefined ? "" : `?before=${encodeURIComponent(before)}`;
  const answer = await world.ask(`/api/holds${query}`, { headers: { cookie } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as HoldList;
}

describe("D3: ten thousand holds", () => {
  test("A7: whatever waits is on the page, the oldest too", async () => {
    const { pending } = await list();
    expect(new Set(pending.map(({ id }) => id)).size).toBe(LIMITS.pendingHoldsMax);
    expect(pending.at(-1)?.id).toBe(`H-waiting${LIMITS.pendingHoldsMax - 1}`);
  });

  test("what is over comes a page at a time, none twice and none left out", async () => {
    const seen: string[] = [];
    let page = await list();
    for (let pages = 0; pages < 5; pages += 1) {
      expect(page.recent.length).toBeLessThanOrEqual(PAGE_LIMITS.holdsPageMax);
      seen.push(...page.recent.map(({ id }) => id).filter((id) => id.startsWith("H-over")));
      expect(page.older).not.toBeNull();
      page = await list(page.older ?? "");
    }
    expect(seen.length).toBeGreaterThan(4 * PAGE_LIMITS.holdsPageMax);
    expect(seen).toEqual(seen.map((_, at) => `H-over${at + 1}`));
  });

  test("the database finds a page by its index, however many there are", async () => {
    const plan = JSON.stringify(
      await world.gate.forge(
        ada.organization,
        "EXPLAIN SELECT * FROM gate.holds WHERE organization_id = $1 ORDER BY created_at DESC LIMIT 50",
        [ada.organization],
      ),
    );
    expect(plan).toContain("holds_newest");
    expect(plan).not.toContain("Seq Scan");
  });

  test("H27: one more is refused with words, and the person's own change, which could end it, is not", async () => {
    await expect(world.hold(ada, place, { commit: "b0" })).rejects.toMatchObject({
      code: "too-many",
      details: { limit: LIMITS.pendingHoldsMax },
    });
    const before = await world.gate.core.policies.current(ada.organization);
    const resources = before.resources.map((each) =>
      each.kind === "git" ? { ...each, push: "deny" as const } : each,
    );
    const change = { resources, secrets: [] };
    const hold = await world.gate.core.policyChanges.propose(ada.person, ada.organization, change);
    expect(hold.state).toBe("pending");
    expect((await list()).pending.map(({ id }) => id)).toContain(hold.id);
  });

  test("another organization has its own", async () => {
    const eve = await found(world.gate, "Eve");
    const there = await addRepository(world.gate, eve);
    expect((await world.hold(eve, there, { commit: "c0" })).state).toBe("pending");
  });
});
