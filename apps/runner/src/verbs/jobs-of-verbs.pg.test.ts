/** What a job is told when it is made, and what becomes of that: where it works, where its result goes, one worker for all times, an end of its turn. */
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { PEER_LIMITS } from "../peers/limits.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "../testing/runner-world.ts";

let world: RunnerWorld;
beforeEach(async () => {
  world = await runnerWorld(inject("postgres"), obedient);
});
afterEach(async () => await world.close());

interface Result {
  job: string;
  run: string;
  schedule: string;
  say: string;
}
const result = async (verb: string, args: object, more: { run?: string } = {}): Promise<Result> => {
  const outcome = await world.agentd.ask(verb, args, more);
  if (!outcome.ok) throw new Error(outcome.problem.detail);
  return outcome.result as unknown as Result;
};

test("a repository is named by its name, its URL or the folder of its clone, among those of the workstation", async () => {
  const git = (id: string, name: string, workstations: unknown): object => ({
    kind: "git",
    id,
    name,
    url: `https://git.example.com/acme/${name}`,
    workstations,
  });
  const resources = [git("res_a", "shop", [world.workstation]), git("res_b", "bank", ["ws_elsewhere"])];
  await world.query(
    "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, 7, $2, 'H-1')",
    [world.organization, { resources }],
  );
  await world.query("UPDATE gate.organizations SET policy_version = 7 WHERE organization_id = $1", [
    world.organization,
  ]);
  for (const repository of [
    "shop",
    "https://git.example.com/acme/shop.git",
    "~/work/shop",
    "/home/agent/work/shop/",
  ]) {
    const { job } = await result("job_create", { prompt: "Sell", repository });
    expect(await result("job_show", { job })).toMatchObject({
      repository: "https://git.example.com/acme/shop",
    });
  }
  for (const repository of ["bank", "~/work/bank", "~/work/nothing", "~/shop"])
    expect(await world.agentd.ask("job_create", { prompt: "Rob", repository })).toMatchObject({
      problem: { code: "not-found" },
    });
});

test("a persistent schedule has one worker: a time that comes while it is at work reaches it as words", async () => {
  const made = await result("schedule_cron", {
    cron: "0 3 * * *",
    prompt: "Water the plants",
    process_scope: "persistent",
  });
  const fire = async (): Promise<string> => (await result("schedule_run", { schedule: made.schedule })).run;
  const first = await fire();
  await world.until(first, "succeeded");
  const play = world.agentd.play;
  let letGo = (): void => undefined;
  world.agentd.play = async (turn) => {
    await new Promise<void>((resolve) => (letGo = resolve));
    return await play(turn);
  };
  const second = await fire();
  await until(async () => world.agentd.told(second).length, 1);
  expect(await fire()).toBe(second);
  await until(
    async () =>
      (await world.query("SELECT FROM jobs.prompts WHERE run_id = $1 AND sent_at IS NOT NULL", [second]))
        .length,
    2,
  );
  world.agentd.play = play;
  letGo();
  await world.until(second, "succeeded");
  expect(world.agentd.told(second)).toEqual(["Water the plants", "Water the plants"]);
  expect(await world.query("SELECT DISTINCT session FROM jobs.runs WHERE job_id = $1", [made.job])).toEqual([
    { session: `session-${first}` },
  ]);
});

test("a job's result is delivered to the channels that it names, once, when nothing is tried any more", async () => {
  const { job, run } = await result("job_create", {
    prompt: "Count the sheep",
    deliver: ["slack", "push", "slack"],
    retries: 1,
    backoff_seconds: 1,
  });
  await world.until(run, "succeeded");
  const notes = await world.query<{ channel: string; text: string; created_at: Date }>(
    "SELECT channel, text, created_at FROM jobs.human_messages WHERE job_id = $1 ORDER BY channel",
    [job],
  );
  expect(notes.map(({ channel }) => channel)).toEqual(["push", "slack"]);
  expect(notes[0]?.text).toBe(notes[1]?.text);
  expect(notes[0]?.text).toMatch(/^Count the sheep: succeeded\./);
  expect(notes[0]?.created_at).toEqual(notes[1]?.created_at);
  expect(await result("job_show", { job })).toMatchObject({ deliver: ["slack", "push"], late_result: "" });

  // Invariant 12: an agent that makes job after job tells people no more of them than it could itself.
  await world.query(
    `INSERT INTO jobs.human_messages (organization_id, id, kind, workstation_id, text)
     SELECT $1, 'say_' || n, 'note', $2, 'Look!' FROM generate_series(1, $3::int) n`,
    [world.organization, world.workstation, PEER_LIMITS.notesPerWorkstationHourMax],
  );
  const loud = await result("job_create", { prompt: "Shout", deliver: ["slack"] }, { run });
  await world.until(loud.run, "succeeded");
  expect(await world.query("SELECT FROM jobs.human_messages WHERE job_id = $1", [loud.job])).toEqual([]);

  let tries = 0;
  world.agentd.play = async ({ say }) => {
    say({
      kind: "agent.message",
      text: JSON.stringify({ status: "failed", summary: `try ${(tries += 1)}` }),
    });
    return { stopReason: "end_turn" };
  };
  const bad = await result("job_create", {
    prompt: "Count the wolves",
    deliver: ["slack"],
    retries: 1,
    backoff_seconds: 1,
  });
  const told = async (): Promise<{ text: string }[]> =>
    await world.query("SELECT text FROM jobs.human_messages WHERE job_id = $1", [bad.job]);
  await until(async () => (await told()).length, 1);
  expect(await told()).toEqual([{ text: "Count the wolves: failed.\n\ntry 2" }]);
});

test("a job is interrupted by a verb, waits for words, and goes on in its session", async () => {
  const { job, run } = await world.createJob("Dig");
  await world.until(run, "succeeded");
  expect(await world.agentd.ask("job_interrupt", { job })).toMatchObject({
    problem: { code: "run.not-live" },
  });
  const play = world.agentd.play;
  world.agentd.play = async ({ interrupted }) => {
    await interrupted;
    return { stopReason: "cancelled" };
  };
  const again = await result("job_run", { job, prompt: "Dig deeper" });
  await until(async () => world.agentd.told(again.run).length, 1);
  await world.until(again.run, "running");
  expect(await result("job_interrupt", { job })).toEqual(again);
  await world.until(again.run, "awaiting_input");
  world.agentd.play = play;
  await result("job_run", { job, prompt: "Enough" });
  await world.until(again.run, "succeeded");
});

test("a result that comes when the run is over already is kept beside it; words of other systems are understood", async () => {
  const { job, run } = await world.createJob("Paint the fence");
  await world.until(run, "succeeded");
  const said = await result("job_result", { status: "completed", summary: "All painted." }, { run });
  expect(said.say).toContain("over before you said so (succeeded)");
  expect(await result("job_show", { job })).toMatchObject({
    state: "succeeded",
    result: "I did: Paint the fence",
    late_result: "succeeded: All painted.",
  });
  expect(await result("job_list", { state: ["completed"] })).toMatchObject({ jobs: [{ job }] });
  expect(await result("job_list", { state: ["canceled", "expired"] })).toEqual({ jobs: [] });
});
