/** What becomes of memories by themselves, over a real database: warmed and cooled by what runs led to, tidied at night, limited, and recalled. */
import { newId } from "@nightgate/shared/ids";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type HandlerWorld, handlerWorld } from "../testing/handler-world.ts";
import { consolidate } from "./consolidate.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import { recall } from "./recall.ts";
import { reinforce } from "./reinforce.ts";

let world: HandlerWorld;
beforeAll(async () => {
  world = await handlerWorld(inject("postgres"));
});
afterAll(async () => await world.close());

const slugs = (result: Record<string, unknown>): string[] =>
  (result["memories"] as { slug: string }[]).map(({ slug }) => slug);

async function everything(organization: string): Promise<unknown> {
  return [
    await world.query("SELECT * FROM jobs.memories WHERE organization_id = $1 ORDER BY id", [organization]),
    await world.query("SELECT * FROM jobs.memory_links WHERE organization_id = $1 ORDER BY 2, 3", [
      organization,
    ]),
  ];
}

test("what was there when runs went well is warmed, what was there when they did not is cooled, each use once", async () => {
  const { organization, agent, elsewhere, person } = await world.found();
  for (const slug of ["good", "bad", "both"])
    await world.ask(person, "memory_write", { slug, text: `About ${slug} things`, scope: "organization" });
  await world.ask(agent, "memory_show", { slug: "good" });
  await world.ask(agent, "memory_show", { slug: "both" });
  await world.ask(elsewhere, "memory_show", { slug: "bad" });
  await world.ask(elsewhere, "memory_show", { slug: "both" });
  const counted = async (): Promise<unknown> =>
    await world.inside(
      organization,
      async (tx) => await reinforce(tx, organization, { since: "last-chain" }, new Date(world.now)),
    );
  expect(await counted()).toMatchObject({ warmed: 0, cooled: 0, change: null });
  await world.query("UPDATE jobs.runs SET state = 'succeeded', ended_at = now() WHERE id = $1", [agent.run]);
  // It says that it succeeded, but what it wanted to push was rejected.
  await world.query("UPDATE jobs.runs SET state = 'succeeded', ended_at = now() WHERE id = $1", [
    elsewhere.run,
  ]);
  await world.query(
    `INSERT INTO gate.holds (organization_id, id, kind, state, action, action_digest, card, workstation_id, run_id, expires_at, ended_at)
     VALUES ($1, $2, 'git.push', 'rejected', '{}', $2, '{}', $3, $4, now(), now())`,
    [organization, newId("hold"), elsewhere.workstation, elsewhere.run],
  );
  expect(await counted()).toMatchObject({ warmed: 1, cooled: 1 });
  expect(await counted()).toMatchObject({ warmed: 0, cooled: 0, change: null });
  const listed = (await world.ask(person, "memory_list", {})) as {
    memories: { slug: string; weight: number }[];
  };
  expect(listed.memories.map(({ slug, weight }) => [slug, Math.sign(weight - 50)])).toEqual([
    ["good", 1],
    ["both", 0],
    ["bad", -1],
  ]);
});

test("tidying merges what says the same, forgets what is cold and unused, and hands the rest to an agent", async () => {
  const { organization, person, agent } = await world.found();
  const write = async (slug: string, text: string, more: object = {}): Promise<unknown> =>
    await world.ask(person, "memory_write", { slug, text, ...more });
  await write("flaky", "The auth test is flaky on slow machines, run it again", { tags: ["tests"] });
  await write("flaky-again", "The auth test is flaky on slow machines: run it again!", { tags: ["auth"] });
  await write("deploys", "Deploys go through staging.", { links: ["flaky-again"] });
  await write("cold", "Nobody needs this.");
  for (let time = 0; time < 12; time += 1)
    await world.ask(person, "memory_reinforce", { slug: "cold", useful: false });
  const before = await everything(organization);
  const later = new Date(world.now + MEMORY_LIMITS.pruneUnusedMs + 60_000);
  const tidy = async (dryRun: boolean): Promise<Awaited<ReturnType<typeof consolidate>>> =>
    await world.inside(
      organization,
      async (tx) => await consolidate(tx, organization, { mode: "synthesise", dryRun }, later),
    );
  expect(await tidy(true)).toMatchObject({ merged: ["flaky"], pruned: ["cold"], change: null });
  expect(await everything(organization)).toEqual(before);
  const done = await tidy(false);
  expect(done.prompt).toContain("> Deploys go through staging.");
  expect(await world.ask(person, "memory_show", { slug: "flaky-again" })).toMatchObject({
    memory: { tags: ["auth", "tests"] },
  });
  expect(await world.ask(person, "memory_show", { slug: "deploys" })).toMatchObject({
    links: [{ slug: "flaky-again" }],
  });
  expect(slugs(await world.ask(agent, "memory_list", { scope: "organization" })).toSorted()).toEqual([
    "deploys",
    "flaky-again",
  ]);
  await world.ask(person, "memory_undo", { change: done.change ?? "" });
  expect(await everything(organization)).toEqual(before);
});

test("invariant 2 and 12: no credential is remembered, and there is an end to writing", async () => {
  const { agent } = await world.found();
  const secret = `ghp_${"a1B2".repeat(9)}`;
  await expect(world.ask(agent, "memory_write", { slug: "x", text: `use ${secret}` })).rejects.toMatchObject({
    code: "input.invalid",
  });
  await world.query(
    `INSERT INTO jobs.memories (organization_id, id, slug, kind, text, created_at, updated_at)
     SELECT $1, 'mem_' || $1 || n, 'full-' || n, 'fact', 'x', now(), now() FROM generate_series(1, $2) n`,
    [agent.organization, MEMORY_LIMITS.perScopeMax],
  );
  await expect(
    world.ask(agent, "memory_write", { slug: "more", text: "y", scope: "organization" }),
  ).rejects.toMatchObject({ code: "too-many" });
  await world.query(
    `INSERT INTO jobs.memory_changes (organization_id, memory_id, scope, slug, batch, operation, source_run_id, created_at)
     SELECT $1, 'mem_x', '', 'x', 'b' || n, 'write', $2, $3 FROM generate_series(1, $4) n`,
    [agent.organization, agent.run, new Date(world.now), MEMORY_LIMITS.changesPerHourMax],
  );
  await expect(world.ask(agent, "memory_write", { slug: "once-more", text: "y" })).rejects.toMatchObject({
    code: "too-many",
  });
});

test("what is laid before a prompt is counted as used", async () => {
  const { organization, agent, person } = await world.found();
  await world.ask(person, "memory_write", {
    slug: "deploys",
    text: "Deploys go through staging.",
    scope: "organization",
  });
  const asked = { run: agent.run ?? "", repository: null, prompt: "Please deploy the site" };
  const text = await world.inside(
    organization,
    async (tx) => await recall(tx, organization, asked, new Date(world.now)),
  );
  expect(text).toContain("> Deploys go through staging.");
  const rows = await world.query("SELECT 1 FROM jobs.memory_uses WHERE run_id = $1", [agent.run]);
  expect(rows).toHaveLength(1);
  const none = await world.inside(
    organization,
    async (tx) =>
      await recall(tx, organization, { ...asked, prompt: "Water the plants" }, new Date(world.now)),
  );
  expect(none).toBe("");
});
