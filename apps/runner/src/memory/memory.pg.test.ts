/** Memory over a real database: what is written is found, every change can be taken back exactly, and nobody sees what is not theirs. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type HandlerWorld, handlerWorld } from "../testing/handler-world.ts";

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

test("what one agent writes down, another finds by words, and a warmer one comes first", async () => {
  const { agent, elsewhere, person } = await world.found();
  const write = async (slug: string, text: string, more: object = {}): Promise<unknown> =>
    await world.ask(agent, "memory_write", { slug, text, scope: "organization", ...more });
  await write(
    "flaky-auth-test",
    "The test of signing in fails now and then on slow machines. Run it again.",
    { tags: ["tests"] },
  );
  await write("deploys", "Deploys go through staging first.", { links: ["flaky-auth-test"] });
  await write("migrations", "Running migrations locks the table of users.");
  expect(
    slugs(await world.ask(elsewhere, "memory_search", { query: "why does the signing-in test fail?" }))[0],
  ).toBe("flaky-auth-test");
  expect(slugs(await world.ask(elsewhere, "memory_search", { query: "zebra" }))).toEqual([]);
  expect(slugs(await world.ask(elsewhere, "memory_search", { query: "the of and" }))).toEqual([]);
  expect(slugs(await world.ask(elsewhere, "memory_search", { query: "run", tag: "tests" }))).toEqual([
    "flaky-auth-test",
  ]);
  for (let time = 0; time < 5; time += 1) await world.ask(person, "memory_reinforce", { slug: "migrations" });
  expect(slugs(await world.ask(elsewhere, "memory_search", { query: "run" }))).toEqual([
    "migrations",
    "flaky-auth-test",
  ]);
  expect(await world.ask(elsewhere, "memory_show", { slug: "deploys" })).toMatchObject({
    links: [{ slug: "flaky-auth-test", weight: 50 }],
    source: agent.run,
  });
});

test("a repository's memory is for those who work on it, and another organization has nothing of either", async () => {
  const { agent, elsewhere, person } = await world.found();
  const stranger = await world.found();
  await world.ask(agent, "memory_write", { slug: "build", text: "Build with make release." });
  expect(slugs(await world.ask(agent, "memory_search", { query: "build release" }))).toEqual(["build"]);
  expect(slugs(await world.ask(person, "memory_search", { query: "build release" }))).toEqual(["build"]);
  for (const other of [elsewhere, stranger.agent, stranger.person]) {
    expect(slugs(await world.ask(other, "memory_search", { query: "build release" }))).toEqual([]);
    for (const verb of ["memory_show", "memory_forget", "memory_reinforce"] as const)
      await expect(world.ask(other, verb, { slug: "build" })).rejects.toMatchObject({ code: "not-found" });
  }
  const { change } = (await world.ask(agent, "memory_write", {
    slug: "build",
    text: "Build with make.",
  })) as {
    change: string;
  };
  for (const other of [elsewhere, stranger.agent, stranger.person])
    await expect(world.ask(other, "memory_undo", { change })).rejects.toMatchObject({ code: "not-found" });
  const [mine] = await world.query<{ scope: string }>(
    "SELECT scope FROM jobs.memories WHERE organization_id = $1",
    [agent.organization],
  );
  await expect(
    world.ask(elsewhere, "memory_write", { slug: "x", text: "y", scope: mine?.scope }),
  ).rejects.toMatchObject({ code: "not-found" });
});

test("property: whatever is done, undoing it all brings back exactly what was there, and weights stay within their bounds", async () => {
  const names = ["a", "b", "c"] as const;
  const step = fc.oneof(
    fc.record({
      verb: fc.constant("memory_write" as const),
      slug: fc.constantFrom(...names),
      text: fc.constantFrom("one thing", "another thing", "one thing, too"),
      links: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
    }),
    fc.record({ verb: fc.constant("memory_forget" as const), slug: fc.constantFrom(...names) }),
    fc.record({
      verb: fc.constant("memory_reinforce" as const),
      slug: fc.constantFrom(...names),
      useful: fc.boolean(),
    }),
    fc.record({
      verb: fc.constant("memory_consolidate" as const),
      mode: fc.constantFrom("merge" as const, "prune" as const),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { person, organization } = await world.found();
      const states: unknown[] = [];
      const changes: string[] = [];
      for (const { verb, ...args } of steps) {
        const before = await everything(organization);
        const change = await world.ask(person, verb, args).then(
          (result) =>
            typeof result["change"] === "string" && result["change"] !== "" ? result["change"] : null,
          (error: { code: string }) => (["not-found", "too-many"].includes(error.code) ? null : error.code),
        );
        // Where nothing was done, nothing has changed.
        expect(
          change !== null || JSON.stringify(before) === JSON.stringify(await everything(organization)),
        ).toBe(true);
        if (change !== null) {
          states.push(before);
          changes.push(change);
        }
        const weights = await world.query<{ weight: number }>(
          "SELECT weight FROM jobs.memories WHERE organization_id = $1",
          [organization],
        );
        expect(weights.every(({ weight }) => weight >= 1 && weight <= 100)).toBe(true);
      }
      for (const [at, change] of [...changes.entries()].toReversed()) {
        await world.ask(person, "memory_undo", { change });
        expect(await everything(organization)).toEqual(states[at]);
      }
    }),
    { numRuns: 12 },
  );
});

test("what was changed of late is listed, and what was forgotten is found there and brought back", async () => {
  const { agent, elsewhere, person } = await world.found();
  await world.ask(agent, "memory_write", { slug: "build", text: "Build with make." });
  await world.ask(person, "memory_write", {
    slug: "deploys",
    text: "Deploys go through staging.",
    why: "asked twice",
  });
  await world.ask(person, "memory_forget", { slug: "build", why: "outdated" });
  const { changes } = (await world.ask(person, "memory_changes", {})) as {
    changes: { change: string; operation: string; slugs: string[]; by: string; why: string }[];
  };
  expect(changes.map(({ operation, slugs: changed, by }) => [operation, changed, by])).toEqual([
    ["forget", ["build"], person.person],
    ["write", ["deploys"], person.person],
    ["write", ["build"], agent.run],
  ]);
  expect(await world.ask(elsewhere, "memory_changes", {})).toMatchObject({
    changes: [{ slugs: ["deploys"] }],
  });
  await world.ask(person, "memory_undo", { change: changes[0]?.change });
  expect(slugs(await world.ask(person, "memory_list", {})).toSorted()).toEqual(["build", "deploys"]);
});

test("a change under a newer one stands, and a nightly weight does not stand in the way of taking words back", async () => {
  const { person } = await world.found();
  await world.ask(person, "memory_write", { slug: "port", text: "It listens on 4600." });
  const wrong = (await world.ask(person, "memory_write", { slug: "port", text: "It listens on 80." })) as {
    change: string;
  };
  await world.ask(person, "memory_reinforce", { slug: "port", useful: false });
  await world.ask(person, "memory_undo", { change: wrong.change });
  const { memory, changes } = (await world.ask(person, "memory_show", { slug: "port" })) as {
    memory: { text: string; weight: number };
    changes: { operation: string; undone: boolean }[];
  };
  expect(memory.text).toBe("It listens on 4600.");
  expect(memory.weight).toBeLessThan(50);
  expect(changes.map(({ operation, undone }) => [operation, undone])).toEqual([
    ["undo", false],
    ["reinforce", false],
    ["write", true],
    ["write", false],
  ]);
  await expect(world.ask(person, "memory_undo", { change: wrong.change })).rejects.toMatchObject({
    code: "input.invalid",
  });
  const next = (await world.ask(person, "memory_write", { slug: "port", text: "It listens on 8080." })) as {
    change: string;
  };
  await world.ask(person, "memory_write", { slug: "port", text: "It listens on 9090." });
  await expect(world.ask(person, "memory_undo", { change: next.change })).rejects.toMatchObject({
    code: "memory.changed",
  });
});
