/** Questions and their answers, and what an agent says of its own work, over a real database and a workstation's real socket. */
import { afterEach, describe, expect, inject, test } from "vitest";
import { type People, peopleOf } from "./testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
let people: People;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
  people = peopleOf(world);
};

const row = async (run: string): Promise<Record<string, unknown>> =>
  (
    await world.query("SELECT state, result, error, progress, percent, tests FROM jobs.runs WHERE id = $1", [
      run,
    ])
  )[0] ?? {};

describe("questions", () => {
  test("an agent asks, ends its turn, and the answer is its next prompt, once", async () => {
    let asked: unknown = null;
    await start(async (turn) => {
      if (turn.text === "Format it") {
        asked = await world.agentd.ask(
          "ask_human",
          { text: "Tabs or spaces?", choices: ["Tabs", "Spaces"] },
          { run: turn.run },
        );
        await world.agentd.ask("notify_human", { text: "I have begun." }, { run: turn.run });
      }
      return await obedient(turn);
    });
    const { run } = await world.createJob("Format it");
    await world.until(run, "awaiting_input");
    expect(asked).toMatchObject({ ok: true, result: { state: "open", answer: null } });
    const question = await people.openQuestion();
    expect(question).toMatchObject({ purpose: "agent", choices: ["Tabs", "Spaces"] });
    expect(await people.answer(question.id, "Tabs")).toBeNull();
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toEqual([
      "Format it",
      expect.stringContaining("Ada answered your question"),
    ]);
    expect(await people.answer(question.id, "Spaces")).toContain("was answered already");
    expect((await people.messages()).map(({ kind, answer: said }) => [kind, said])).toEqual([
      ["question", "Tabs"],
      ["note", null],
    ]);
  });

  test("a call that waits gets the answer itself, and then no prompt brings it again", async () => {
    await start(async (turn) => {
      const asked = await world.agentd.ask(
        "ask_human",
        { text: "Go on?", wait_seconds: 30 },
        { run: turn.run },
      );
      turn.say({ kind: "agent.message", text: JSON.stringify(asked) });
      return { stopReason: "end_turn" };
    });
    const { run } = await world.createJob("Wait for it");
    expect(await people.answer((await people.openQuestion()).id, "Yes, do")).toBeNull();
    await world.until(run, "succeeded");
    expect(JSON.parse(String((await row(run))["result"]))).toMatchObject({
      result: { state: "answered", answer: "Yes, do", answered_by: "Ada" },
    });
    expect(world.agentd.told(run)).toEqual(["Wait for it"]);
  });

  test("nobody answers: the answer is no; a turn that ends on a question has asked one", async () => {
    await start(async (turn) => {
      turn.say({ kind: "agent.message", text: turn.text === "Begin" ? "Shall I delete it?" : "I left it." });
      return await Promise.resolve({ stopReason: "end_turn" });
    });
    const { run } = await world.createJob("Begin");
    await world.until(run, "awaiting_input");
    expect(await people.openQuestion()).toMatchObject({ purpose: "question", text: "Shall I delete it?" });
    await world.query("UPDATE jobs.human_messages SET deadline = now()");
    await world.query("UPDATE jobs.runs SET progress = 'looked at'");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toContain("Nobody answered your question in time, so the answer is no");
    expect((await people.messages())[0]).toMatchObject({ answer: null, closed_reason: "deadline" });
  });

  test("words instead of an answer, and the end of the run, close what was asked", async () => {
    await start(async (turn) => {
      if (turn.text.startsWith("Ask"))
        await world.agentd.ask("ask_human", { text: `${turn.text}?` }, { run: turn.run });
      return await obedient(turn);
    });
    const { job, run } = await world.createJob("Ask me");
    await world.until(run, "awaiting_input");
    await world.ask({
      kind: "job.prompt",
      job,
      run: "run_0123456789ab",
      person: world.person,
      prompt: "Just do it",
    });
    await world.until(run, "succeeded");
    const other = await world.createJob("Ask again");
    await world.until(other.run, "awaiting_input");
    await world.ask({ kind: "run.cancel", run: other.run, person: world.person });
    await world.until(other.run, "cancelled");
    expect((await people.messages()).map(({ closed_reason: closed }) => closed)).toEqual([
      "words",
      "run-ended",
    ]);
  });
});

test("an agent says how far it is and how it ended; its word counts", async () => {
  await start(async (turn) => {
    await world.agentd.ask(
      "job_update",
      { text: "Half way", percent: 50, tests: { passed: 3, failed: 1 } },
      { run: turn.run },
    );
    await world.agentd.ask(
      "job_result",
      { status: "failed", summary: "The tests do not pass.", tests: { passed: 4, failed: 2, skipped: 1 } },
      { run: turn.run },
    );
    turn.say({ kind: "agent.message", text: "Shall I try again?" });
    return { stopReason: "end_turn" };
  });
  const { run } = await world.createJob("Make it pass");
  await world.until(run, "failed");
  expect(await row(run)).toEqual({
    state: "failed",
    result: "The tests do not pass.",
    error: "The tests do not pass.",
    progress: "Half way",
    percent: 50,
    tests: { passed: 4, failed: 2, skipped: 1 },
  });
  expect(await world.agentd.ask("job_update", { text: "More" }, { run })).toMatchObject({
    problem: { code: "run.not-live" },
  });
});

test("no agent answers for a person, sets the night, repairs, or lets itself out of the window", async () => {
  await start(async (turn) => {
    turn.say({ kind: "agent.message", text: "Shall I?" });
    return await Promise.resolve({ stopReason: "end_turn" });
  });
  const { run } = await world.createJob("Ask");
  await world.until(run, "awaiting_input");
  const { id: question } = await people.openQuestion();
  const asked = async (verb: string, args: object): Promise<unknown> =>
    await world.agentd.ask(verb, args, { run });
  for (const [verb, args, code] of [
    ["question_answer", { question, answer: "Yes" }, "verb.not-yours"],
    ["night_set", { timezone: "UTC" }, "verb.not-yours"],
    ["job_doctor", { repair: `input-${run}` }, "role.refused"],
    ["job_create", { prompt: "More", any_time: true }, "input.invalid"],
  ] as const)
    expect(await asked(verb, args)).toMatchObject({ ok: false, problem: { code } });
  expect(await asked("question_list", {})).toMatchObject({
    result: { questions: [{ question, state: "open" }] },
  });
  expect(await people.verb("question_answer", { question, answer: "No" }, "viewer")).toMatchObject({
    problem: { code: "role.refused" },
  });
  expect(await world.state(run)).toBe("awaiting_input");
  expect(await people.verb("question_answer", { question, answer: "Enough" }, "member")).toMatchObject({
    result: { state: "answered", answer: "Enough", answered_by: "Ada" },
  });
});
