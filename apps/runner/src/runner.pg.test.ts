/** The runner over a real database and a real socket: a job from the inbox to its result, decisions as prompts, and what happens when processes die in between. */
import { newId } from "@nightgate/shared/ids";
import { afterEach, describe, expect, inject, test } from "vitest";
import { type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

/** Says what it was told, and ends. */
const obedient: Play = async ({ text, say }) => {
  say({ kind: "agent.message", text: `I did: ${text}` });
  return { stopReason: "end_turn" };
};

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

describe("decisions", () => {
  /** Pushes once, and again when it is told to change something. */
  const pushing: Play = async (turn) => {
    if (turn.text.startsWith("Push") || turn.text.includes("rejected")) await world.hold(turn.run);
    return await obedient(turn);
  };

  test("a rejection with words is the next prompt of the same session, and the new push waits again", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [first] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(first?.id ?? "", "rejected", "Please name the file README.");
    await until(() => world.agentd.told(run).length, 2);
    expect(world.agentd.told(run)[1]).toBe(
      `${first?.id} (Push 1 commit to main) was rejected by Ada: Please name the file README.\n\nChange what is asked and push again.`,
    );
    await world.until(run, "awaiting_approval");
    const [second] = await world.query<{ id: string }>("SELECT id FROM gate.holds WHERE state = 'pending'");
    await world.settleHold(second?.id ?? "", "released", "agent/x is now 1234567.");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[2]).toContain("was approved and pushed: agent/x is now 1234567.");
    expect(world.agentd.commands.filter(({ type }) => type === "run.start")).toHaveLength(1);
  });

  test("nobody answered is said as that, never as a person's no", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [hold] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(hold?.id ?? "", "expired");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toMatch(/^Nobody answered H-.* in time/);
    expect(world.agentd.told(run)[1]).not.toContain("rejected");
  });

  test("a superseded hold is not told of; the run waits for the one that took its place", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [first] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    const second = await world.hold(run);
    await world.settleHold(first?.id ?? "", "superseded");
    await world.settleHold(second, "released");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toHaveLength(2);
    expect(world.agentd.told(run)[1]).toContain(second);
  });

  test("a decision while the turn is still going is queued behind it", async () => {
    let finish: () => void = () => undefined;
    const going = new Promise<void>((resolve) => (finish = resolve));
    await start(async (turn) => {
      if (turn.text === "Work on") await going;
      return await obedient(turn);
    });
    const { run } = await world.createJob("Work on");
    await world.until(run, "running");
    await world.settleHold(await world.hold(run), "released");
    await until(() => world.agentd.commands.at(-1)?.type, "run.prompt");
    finish();
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toHaveLength(2);
  });

  test("invariant 10: a decision is told once, also when runner and workstation restart around it", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    await world.stopRunner();
    const [hold] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(hold?.id ?? "", "released", "Done.");
    world.agentd.restart(true);
    await world.startRunner();
    await world.until(run, "succeeded");
    await world.stopRunner();
    await world.startRunner();
    await until(() => world.agentd.connected(), true);
    expect(world.agentd.told(run)).toHaveLength(2);
    expect(await world.state(run)).toBe("succeeded");
  });
});

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

  test("429 is rate_limited until the time that it named, and then goes on", async () => {
    await start(failingOnce(429, 2));
    const { run } = await world.createJob();
    await world.until(run, "rate_limited");
    const [row] = await world.query<{ resume_at: Date }>("SELECT resume_at FROM jobs.runs");
    expect(row?.resume_at.getTime()).toBeGreaterThan(Date.now());
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toContain("limit stopped your turn; it has passed");
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
  });

  test("any other failure of a turn is the run's, in the agent's words", async () => {
    await start(async () => ({ failed: "The clone failed." }));
    const { run } = await world.createJob();
    await world.until(run, "failed");
    expect(await world.query("SELECT error FROM jobs.runs")).toEqual([{ error: "The clone failed." }]);
  });
});
