/** The second provider over a real database and a workstation's real socket; and runs that wait for their providers come back in the order of what those have said. */
import { afterEach, describe, expect, inject, test } from "vitest";
import { type People, peopleOf } from "./testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
let people: People;
afterEach(async () => await world.close());

const MODELS = [
  { kind: "model", id: "res_000000000001", name: "First key", api: "anthropic", workstations: "*" },
  { kind: "model", id: "res_000000000002", name: "Second key", api: "anthropic", workstations: "*" },
  { kind: "model", id: "res_000000000009", name: "OpenAI", api: "openai", workstations: "*" },
  {
    kind: "model",
    id: "res_000000000003",
    name: "Elsewhere",
    api: "anthropic",
    workstations: ["ws_000000000000"],
  },
];

async function start(play: Play): Promise<void> {
  world = await runnerWorld(inject("postgres"), play);
  people = peopleOf(world);
  await world.query(
    "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, 1, $2, 'H-1')",
    [world.organization, { resources: MODELS }],
  );
  await world.query("UPDATE gate.organizations SET policy_version = 1");
}

/** What the gate sees of a call. */
async function refuse(
  run: string,
  status: number,
  resetInSeconds: number | null,
  resource = "res_000000000001",
): Promise<{ failed: string }> {
  await world.query(
    `INSERT INTO gate.model_calls (organization_id, workstation_id, run_id, resource_id, status, reset_at, model, input_tokens)
     VALUES ($1, $2, $3, $6, $4, now() + make_interval(secs => $5), 'claude-sonnet-4-5', 200000)`,
    [world.organization, world.workstation, run, status, resetInSeconds, resource],
  );
  return { failed: "The provider said no." };
}

/** Its first turn is refused; all that comes after it goes well. */
const refusedOnce =
  (status: number, resetInSeconds: number | null): Play =>
  async (turn) =>
    turn.text === "Migrate" ? await refuse(turn.run, status, resetInSeconds) : await obedient(turn);

const begun = (run: string): { agent: string; session: string | null; fresh: boolean; prompt: string }[] =>
  world.agentd.commands.flatMap((command) =>
    command.type === "run.start" && command.run === run
      ? [
          {
            agent: command.agent,
            session: command.session,
            fresh: command.fresh ?? false,
            prompt: command.prompt,
          },
        ]
      : [],
  );

describe("a second provider", () => {
  test("another agent takes a limited run over, told what was asked, within the same budget; the next run is the first one's again", async () => {
    await start(refusedOnce(429, 7200));
    const fallback = { agent: "codex", model: null, afterMinutes: 30 } as const;
    const { job, run } = await world.createJob("Migrate", { fallback, budget: { dollars: 5 } });
    await world.until(run, "succeeded");
    expect(begun(run)).toMatchObject([
      { agent: "claude", fresh: false },
      { agent: "codex", session: null, fresh: true, prompt: expect.stringMatching(/^fallback-/u) as string },
    ]);
    expect(world.agentd.told(run)[1]).toContain("What was asked:\n\nMigrate");
    expect(world.agentd.commands.filter(({ type }) => type === "run.stop")).not.toEqual([]);
    expect(await people.messages()).toMatchObject([
      { kind: "note", text: expect.stringContaining("at its limit until") as string },
    ]);
    const [mark] = await world.query<{ kind: string; text: string }>("SELECT kind, text FROM jobs.marks");
    expect(mark).toMatchObject({
      kind: "fallback",
      text: expect.stringContaining("It goes on with codex") as string,
    });
    expect(await people.verb("job_show", { job })).toMatchObject({
      result: {
        fallback: { agent: "codex", model: null, after_minutes: 30 },
        fell_back_at: expect.any(String) as string,
      },
    });
    const again = await people.verb("job_run", { job, prompt: "More" });
    const next = (again["result"] as { run: string }).run;
    await world.until(next, "succeeded");
    expect(begun(next)).toMatchObject([{ agent: "claude", session: `session-${run}`, fresh: false }]);
  });

  test("an organization's second key takes the place of one that is not accepted, once", async () => {
    await start(async (turn) =>
      turn.text === "Migrate" || turn.text.startsWith("You take over")
        ? await refuse(turn.run, 401, null)
        : await obedient(turn),
    );
    expect(
      await people.verb("night_set", {
        timezone: "UTC",
        fallback_model: "Second key",
        fallback_after_minutes: 0,
      }),
    ).toMatchObject({
      result: { night: { fallback: { agent: null, model: "res_000000000002", afterMinutes: 0 } } },
    });
    // What a form leaves out stays as it is.
    expect(await people.verb("night_set", { timezone: "Europe/Berlin" })).toMatchObject({
      result: { night: { timeZone: "Europe/Berlin", fallback: { model: "res_000000000002" } } },
    });
    const { run } = await world.createJob("Migrate");
    await until(() => begun(run).length, 2);
    // The second one is refused, too: there is no third.
    await world.until(run, "needs_auth");
    await until(
      async () =>
        await world.query(
          "SELECT agent, second_model_id AS model, fell_back_at IS NOT NULL AS fell FROM jobs.runs",
        ),
      [{ agent: "claude", model: "res_000000000002", fell: true }],
    );
    expect(begun(run)).toMatchObject([{ fresh: false }, { agent: "claude", fresh: true }]);
    expect(await people.messages()).toHaveLength(1);
  });

  test("none is none, and what cannot be is refused when it is said", async () => {
    await start(refusedOnce(401, null));
    await people.verb("night_set", { timezone: "UTC", fallback_agent: "codex" });
    const made = await people.verb("job_create", {
      prompt: "Migrate",
      workstation: "box",
      fallback_agent: "none",
    });
    const { run } = made["result"] as { run: string };
    await world.until(run, "needs_auth");
    const { fallback_model: _, ...base } = { prompt: "P", workstation: "box", fallback_model: "" };
    for (const [args, code] of [
      [{ fallback_model: "Elsewhere" }, "not-found"],
      [{ fallback_model: "First key", fallback_agent: "codex" }, "input.invalid"],
      [{ fallback_after_minutes: 5 }, "input.invalid"],
    ] as const)
      expect(await people.verb("job_create", { ...base, ...args })).toMatchObject({ problem: { code } });
    expect(
      await people.verb("schedule_cron", { ...base, cron: "@daily", fallback_model: "OpenAI" }),
    ).toMatchObject({ ok: true });
    expect(await world.query("SELECT fallback_model_id AS model FROM jobs.jobs WHERE prompt = 'P'")).toEqual([
      { model: "res_000000000009" },
    ]);
    expect(await world.state(run)).toBe("needs_auth");
  });
});

test("what a provider says to another run meanwhile moves those that wait for it, until it answers again", async () => {
  const seconds: Record<string, number | null> = { Untold: null, Told: 7200 };
  await start(async (turn) => {
    const wait = seconds[turn.text];
    return wait === undefined ? await obedient(turn) : await refuse(turn.run, 429, wait);
  });
  const resumeAt = async (run: string): Promise<number> =>
    (
      await world.query<{ at: Date }>("SELECT resume_at AS at FROM jobs.runs WHERE id = $1", [run])
    )[0]?.at.getTime() ?? 0;
  const hourMs = 3_600_000;
  const untold = await world.createJob("Untold");
  await world.until(untold.run, "rate_limited");
  expect(await resumeAt(untold.run)).toBeLessThan(Date.now() + hourMs);
  const told = await world.createJob("Told");
  await world.until(told.run, "rate_limited");
  // Something happens to it: it is looked at.
  await world.query("UPDATE jobs.runs SET progress = 'waits' WHERE id = $1", [untold.run]);
  await until(async () => (await resumeAt(untold.run)) > Date.now() + hourMs, true);
  await world.query(
    "INSERT INTO gate.model_calls (organization_id, workstation_id, resource_id, status) VALUES ($1, $2, 'res_000000000001', 200)",
    [world.organization, world.workstation],
  );
  await world.query("UPDATE jobs.runs SET resume_at = now() WHERE id = $1", [untold.run]);
  await world.until(untold.run, "succeeded");
  expect(await world.state(told.run)).toBe("rate_limited");
});

test("runs that wait for their providers come back in the order in which those said that they may, whatever order they began in", async () => {
  const hours: Record<string, number> = { "In six": 6, "In two": 2, "In four": 4 };
  await start(async (turn) => {
    const wait = hours[turn.text];
    // Each of them has another provider.
    return wait === undefined
      ? await obedient(turn)
      : await refuse(turn.run, 429, wait * 3600, `res_00000000000${wait}`);
  });
  const runs = new Map<string, string>();
  for (const prompt of Object.keys(hours)) runs.set(prompt, (await world.createJob(prompt)).run);
  for (const run of runs.values()) await world.until(run, "rate_limited");
  const rest = ["In two", "In four", "In six"].map((prompt) => runs.get(prompt) ?? "");
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    // Time passes until the first of them.
    await world.query(
      `WITH passes AS (SELECT min(resume_at) - now() AS time FROM jobs.runs WHERE state = 'rate_limited'),
         said AS (UPDATE gate.model_calls SET reset_at = reset_at - time FROM passes)
       UPDATE jobs.runs SET resume_at = resume_at - time FROM passes WHERE state = 'rate_limited'`,
    );
    await world.until(next, "succeeded");
    for (const other of rest) expect(await world.state(other)).toBe("rate_limited");
  }
});
