/** Runs outlive the runner and, by resuming, their workstation; what a provider refuses is a state and not an end. */
import { newId } from "@nightgate/shared/ids";
import { afterEach, describe, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
};

describe("death", () => {
  test("invariant 10: restarting the runner in mid-run loses and repeats no event", async () => {
    await start(async (turn) => {
      for (let number = 1; number <= 300; number += 1) {
        turn.say({ kind: "agent.message", text: `line ${number}` });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return { stopReason: "end_turn" };
    });
    const { run } = await world.createJob();
    await world.until(run, "running");
    for (let restart = 0; restart < 3; restart += 1) {
      await world.stopRunner();
      await world.startRunner();
      await until(() => world.agentd.connected(), true);
    }
    await world.until(run, "succeeded");
    const rows = await world.query<{ seq: number; text: string }>(
      "SELECT seq, body ->> 'text' AS text FROM jobs.events WHERE body ->> 'kind' = 'agent.message' ORDER BY seq",
    );
    expect(rows.map(({ text }) => text)).toEqual(
      Array.from({ length: 300 }, (_, index) => `line ${index + 1}`),
    );
    expect(world.agentd.told(run)).toHaveLength(1);
  });

  test("invariant 10: losing every connection to Postgres in mid-run loses and repeats no event", async () => {
    await start(async (turn) => {
      for (let number = 1; number <= 200; number += 1) {
        turn.say({ kind: "agent.message", text: `line ${number}` });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return { stopReason: "end_turn" };
    });
    const { run } = await world.createJob();
    await world.until(run, "running");
    for (let cut = 0; cut < 3; cut += 1) {
      await world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nightgate_runner' AND datname = current_database()",
      );
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await world.until(run, "succeeded");
    const rows = await world.query<{ text: string }>(
      "SELECT body ->> 'text' AS text FROM jobs.events WHERE body ->> 'kind' = 'agent.message' ORDER BY seq",
    );
    expect(rows.map(({ text }) => text)).toEqual(
      Array.from({ length: 200 }, (_, index) => `line ${index + 1}`),
    );
    expect(world.agentd.told(run)).toHaveLength(1);
  });

  test("a workstation that restarts in mid-turn has its session resumed, with a word of explanation", async () => {
    let turns = 0;
    await start(async (turn) => {
      turns += 1;
      if (turns === 1) await new Promise(() => undefined);
      return await obedient(turn);
    });
    const { run } = await world.createJob("Long work");
    await until(() => world.agentd.told(run).length, 1);
    await world.until(run, "running");
    world.agentd.restart(true);
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toEqual([
      "Long work",
      expect.stringContaining("the workstation was restarted"),
    ]);
    expect(world.agentd.commands.findLast(({ type }) => type === "run.start")).toMatchObject({
      session: `session-${run}`,
    });
  });

  test("a workstation that was made anew goes on numbering where its run had been", async () => {
    let turns = 0;
    await start(async (turn) => {
      turns += 1;
      if (turns === 1) await new Promise(() => undefined);
      return await obedient(turn);
    });
    const { run } = await world.createJob("Long work");
    await world.until(run, "running");
    await until(async () => (await world.query("SELECT seq FROM jobs.events")).length, 2);
    world.agentd.restart(false);
    await world.until(run, "succeeded");
    const rows = await world.query<{ seq: number }>("SELECT seq FROM jobs.events ORDER BY seq");
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.length).toBeGreaterThan(4);
  });

  test("an agent that dies again and again ends the run as failed, with its last words", async () => {
    await start(async () => "dies");
    const { run } = await world.createJob();
    await world.until(run, "failed");
    expect(await world.query("SELECT error FROM jobs.runs")).toEqual([
      { error: "The agent's process ended (SIGKILL)." },
    ]);
    expect(world.agentd.told(run)).toHaveLength(4);
  });
});

describe("the provider's no", () => {
  const failingOnce = (status: number, retryAfterSeconds: number | null): Play => {
    let turns = 0;
    return async (turn) => {
      turns += 1;
      if (turns > 1) return await obedient(turn);
      await world.query(
        "INSERT INTO gate.model_calls (organization_id, workstation_id, run_id, resource_id, status, retry_after_seconds) VALUES ($1, $2, $3, 'res_m', $4, $5)",
        [world.organization, world.workstation, turn.run, status, retryAfterSeconds],
      );
      return { failed: "The provider said no." };
    };
  };

  test.each([
    [429, "is a limit: rate_limited until the time that it named, and then goes on", 2],
    [502, "is a network or a provider that is away: waited for like a limit, and then goes on", 1],
  ])("%i %s", async (status, _what, after) => {
    await start(failingOnce(status, after));
    const { run } = await world.createJob();
    await world.until(run, "rate_limited");
    const [row] = await world.query<{ resume_at: Date }>("SELECT resume_at FROM jobs.runs");
    expect(row?.resume_at.getTime()).toBeGreaterThan(Date.now());
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toContain(
      "stopped your turn (a limit, or it could not be reached). That has passed.",
    );
  });

  test("401 waits for a new credential, and goes on when a person has written it", async () => {
    await start(failingOnce(401, null));
    const { run } = await world.createJob();
    await world.until(run, "needs_auth");
    await world.query(
      `INSERT INTO gate.holds (organization_id, id, kind, state, action, action_digest, card, expires_at, ended_at)
       VALUES ($1, $2, 'secret.write', 'released', '{}', $2, '{"title": "Key"}', now() + interval '1 day', now())`,
      [world.organization, newId("hold")],
    );
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toContain("a person has renewed it");
  });

  test("any other failure of a turn is the run's, in the agent's words", async () => {
    await start(async () => ({ failed: "The clone failed." }));
    const { run } = await world.createJob();
    await world.until(run, "failed");
    expect(await world.query("SELECT error FROM jobs.runs")).toEqual([{ error: "The clone failed." }]);
  });
});
