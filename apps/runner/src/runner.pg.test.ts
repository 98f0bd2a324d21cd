/** The runner over a real database and a real socket: a job from the inbox to its result, and what a person may say meanwhile. */
import { newId } from "@nightgate/shared/ids";
import { afterEach, describe, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
};

describe("a job", () => {
  test("runs from the inbox to its result, with every event in order", async () => {
    await start();
    const { job, run } = await world.createJob("Add a line\nand push it");
    await world.until(run, "succeeded");
    expect(await world.query("SELECT title, created_by FROM jobs.jobs WHERE id = $1", [job])).toEqual([
      { title: "Add a line", created_by: world.person },
    ]);
    expect(await world.query("SELECT result, error, session FROM jobs.runs")).toEqual([
      { result: "I did: Add a line\nand push it", error: "", session: `session-${run}` },
    ]);
    expect(
      await world.query("SELECT seq, body ->> 'kind' AS kind FROM jobs.events WHERE seq <= 4 ORDER BY seq"),
    ).toMatchObject([
      { kind: "prompt" },
      { kind: "session.started" },
      { kind: "agent.message" },
      { kind: "turn.ended" },
    ]);
    // Nothing is left running for a run that is over.
    await until(() => world.agentd.commands.at(-1)?.type, "run.stop");
  });

  test("asked for twice with the same ids is done once", async () => {
    await start();
    const ids = { job: newId("job"), run: newId("run") };
    const message = {
      kind: "job.create",
      ...ids,
      person: world.person,
      workstation: world.workstation,
      agent: "claude",
      repository: null,
      repositoryUrl: null,
      prompt: "Once",
    } as const;
    await world.ask(message);
    await world.ask(message);
    await world.until(ids.run, "succeeded");
    expect(world.agentd.told(ids.run)).toEqual(["Once"]);
  });

  test("a message that is not valid, or names a workstation of nobody, gets its reason and changes nothing", async () => {
    await start();
    await world.ask({ kind: "job.create", prompt: "" } as never);
    await world.ask({
      kind: "job.create",
      job: newId("job"),
      run: newId("run"),
      person: world.person,
      workstation: newId("workstation"),
      agent: "claude",
      repository: null,
      repositoryUrl: null,
      prompt: "Hello",
    });
    await until(
      async () =>
        (
          await world.query<{ error: string }>(
            "SELECT error FROM jobs.inbox WHERE handled_at IS NOT NULL ORDER BY id",
          )
        ).map(({ error }) => error.slice(0, 24)),
      ["The message is not valid", "There is no workstation "],
    );
    expect(await world.query("SELECT id FROM jobs.jobs")).toEqual([]);
  });

  test("waits in the queue while the workstation is away", async () => {
    await start();
    const connected = async (): Promise<boolean[]> =>
      (await world.query<{ connected: boolean }>("SELECT connected FROM jobs.workstations")).map(
        (row) => row.connected,
      );
    await until(connected, [true]);
    world.agentd.stop();
    await until(connected, [false]);
    const { run } = await world.createJob();
    await until(
      async () => (await world.query("SELECT id FROM jobs.inbox WHERE handled_at IS NULL")).length,
      0,
    );
    expect(await world.state(run)).toBe("queued");
  });
});

describe("more words", () => {
  test("steer a live run, queued behind its turn", async () => {
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    await start(async (turn) => {
      if (turn.text === "First") await first;
      return await obedient(turn);
    });
    const { job, run } = await world.createJob("First");
    await world.until(run, "running");
    await world.ask({ kind: "job.prompt", job, run: newId("run"), person: world.person, prompt: "Second" });
    await until(() => world.agentd.commands.at(-1)?.type, "run.prompt");
    expect(await world.state(run)).toBe("running");
    finish();
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toEqual(["First", "Second"]);
  });

  test("after the end make a new run that resumes the session", async () => {
    await start();
    const { job, run } = await world.createJob("First");
    await world.until(run, "succeeded");
    const next = newId("run");
    await world.ask({ kind: "job.prompt", job, run: next, person: world.person, prompt: "Second" });
    await world.until(next, "succeeded");
    const begun = world.agentd.commands.findLast((command) => command.type === "run.start");
    expect(begun).toMatchObject({ run: next, session: `session-${run}`, text: "Second" });
  });

  test("an interrupt ends the turn and waits for the person", async () => {
    await start(async (turn) => {
      if (turn.text !== "Long") return await obedient(turn);
      await turn.interrupted;
      return { stopReason: "cancelled" };
    });
    const { job, run } = await world.createJob("Long");
    await until(() => world.agentd.told(run).length, 1);
    await world.until(run, "running");
    await world.ask({ kind: "run.interrupt", run, person: world.person });
    await world.until(run, "awaiting_input");
    await world.ask({ kind: "job.prompt", job, run: newId("run"), person: world.person, prompt: "Shorter" });
    await world.until(run, "succeeded");
  });

  test("a cancel ends the agent, and then the run", async () => {
    await start(async (turn) => {
      await turn.interrupted;
      return { stopReason: "cancelled" };
    });
    const { run } = await world.createJob();
    await world.until(run, "running");
    await world.ask({ kind: "run.cancel", run, person: world.person });
    await world.until(run, "cancelled");
    expect(world.agentd.commands.at(-1)?.type).toBe("run.stop");
  });
});
