/** The real claude over ACP in a real workstation, against a scripted model: a whole task, commands that are repeated, and what survives restarts. */
import { newId } from "@nightgate/shared/ids";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type AgentdWorld, agentdWorld } from "./testing/agentd-world.ts";

let world: AgentdWorld;
beforeAll(async () => {
  world = await agentdWorld("runs", inject("nightgateEngine"));
});
afterAll(async () => await world.close());

test("claude clones, writes, commits, pushes and finishes; every request names the run", async () => {
  world.script = ({ toolResults }) => {
    if (toolResults === 0)
      return {
        tool: "Write",
        input: { file_path: "/home/agent/work/sample/note.txt", content: "By the agent.\n" },
      };
    if (toolResults === 1)
      return {
        tool: "Bash",
        input: {
          command:
            "git add note.txt && git commit -qm 'Add a note' && git push -q origin HEAD:refs/heads/agent/note && id -un",
          description: "Push",
        },
      };
    return { text: "The note is pushed." };
  };
  world.gate().seen.length = 0;
  const run = await world.start("Add a note and push it", { repository: true });
  await world.ended(run);
  expect(world.kinds(run).slice(0, 4)).toEqual(["prompt", "note", "note", "session.started"]);
  expect(world.seat.events(run).map(({ seq }) => seq)).toEqual(world.kinds(run).map((_, index) => index + 1));
  const tools = world.seat
    .events(run)
    .flatMap(({ body }) => (body.kind === "tool" && body.status === "completed" ? [body] : []));
  expect(tools[0]).toMatchObject({
    tool: "edit",
    diffs: [{ path: "/home/agent/work/sample/note.txt", before: null, after: "By the agent.\n" }],
  });
  expect(tools[1]).toMatchObject({ tool: "execute", output: "agent" });
  expect(
    world.seat
      .events(run)
      .slice(-2)
      .map(({ body }) => body),
  ).toMatchObject([
    { kind: "agent.message", text: "The note is pushed." },
    { kind: "turn.ended", stopReason: "end_turn" },
  ]);
  const hinted = world
    .gate()
    .seen.filter(({ line }) => line.includes("/git/") || line.includes("/v1/messages"));
  expect(hinted.length).toBeGreaterThan(5);
  expect(hinted.every((request) => request.run === run)).toBe(true);
  // The contract reaches the model as a system-level instruction.
  expect(JSON.stringify(world.model.seen.at(-1)?.turn.body)).toContain("You work on a Nightgate workstation");
  await world.seat.send({ type: "run.stop", run });
});

test("invariant 10: the runner is killed in mid-run; no event is lost and none is told twice", async () => {
  let step = 0;
  world.script = ({ toolResults }) => {
    step = toolResults;
    return toolResults < 12
      ? { tool: "Bash", input: { command: `echo step ${toolResults}; sleep 0.2`, description: "Step" } }
      : { text: "All steps done." };
  };
  const run = await world.start("Take twelve steps");
  await until("some steps", 30_000, () => step >= 3);
  await world.seat.leave();
  await until("more steps without a runner", 30_000, () => step >= 8);
  await world.seat.comeBack();
  await world.ended(run);
  expect(world.seat.events(run).map(({ seq }) => seq)).toEqual(world.kinds(run).map((_, index) => index + 1));
  const outputs = world.seat
    .events(run)
    .flatMap(({ body }) => (body.kind === "tool" && body.status === "completed" ? [body.output] : []));
  expect(outputs).toEqual(Array.from({ length: 12 }, (_, index) => `step ${index}`));
  await world.seat.send({ type: "run.stop", run });
});

test("a command or a prompt that is sent again does nothing again", async () => {
  world.script = () => ({ text: "Once." });
  const run = newId("run");
  const command = {
    type: "run.start",
    run,
    agent: "claude",
    session: null,
    repository: null,
    after: 0,
    prompt: "p1",
    text: "Hello",
  } as const;
  expect(await world.seat.send(command, "same-id")).toMatchObject({ ok: true });
  expect(await world.seat.send(command, "same-id")).toMatchObject({ ok: true });
  expect(await world.seat.send({ type: "run.prompt", run, prompt: "p1", text: "Hello" })).toMatchObject({
    ok: true,
  });
  await world.seat.send({ type: "events.follow", run, after: 0 });
  await world.ended(run);
  await until("the run to rest", 10_000, () => world.seat.phase(run) === "idle");
  expect(world.kinds(run).filter((kind) => kind === "prompt")).toHaveLength(1);
  await world.seat.send({ type: "run.stop", run });
});

test("a prompt during a turn waits for its end; an interrupt ends the turn and keeps the session", async () => {
  world.script = ({ lastWords, toolResults }) =>
    lastWords === "Long" && toolResults === 0
      ? { tool: "Bash", input: { command: "tail -f /dev/null", description: "Wait" } }
      : { text: `I heard: ${lastWords}` };
  const run = await world.start("Long");
  // The event comes while the model still speaks; only a command that runs is in the middle of its turn.
  await until(
    "the command to run",
    30_000,
    async () => (await world.workstation.run("pgrep -fx 'tail -f /dev/null'")).output.trim() !== "",
  );
  await world.seat.send({ type: "run.prompt", run, prompt: "p2", text: "Short" });
  await world.seat.send({ type: "run.interrupt", run });
  await world.ended(run, 2);
  const turns = world.seat
    .events(run)
    .flatMap(({ body }) => (body.kind === "turn.ended" ? [body.stopReason] : []));
  expect(turns).toEqual(["cancelled", "end_turn"]);
  expect(world.kinds(run).filter((kind) => kind === "session.started")).toHaveLength(1);
  await world.seat.send({ type: "run.stop", run });
});

test("stopping leaves nothing of the run behind, not even what left its process group", async () => {
  world.script = ({ toolResults }) =>
    toolResults === 0
      ? {
          tool: "Bash",
          input: {
            command: "setsid -f sleep 4711 </dev/null >/dev/null 2>&1; sleep 60",
            description: "Linger",
          },
        }
      : { text: "Done." };
  const run = await world.start("Linger");
  await until(
    "the lingering process",
    30_000,
    async () => (await world.workstation.run("pgrep -f 'sleep 4711'")).status === 0,
  );
  await world.seat.send({ type: "run.stop", run });
  expect((await world.workstation.run("pgrep -f 'sleep 4711|claude'")).output.trim()).toBe("");
  await until("the end to be told", 5_000, () => world.seat.phase(run) === "ended");
  expect(world.kinds(run).at(-1)).toBe("session.ended");
});

test("a repository that cannot be cloned fails the turn with git's own words", async () => {
  const run = newId("run");
  await world.seat.send({
    type: "run.start",
    run,
    agent: "claude",
    session: null,
    repository: { url: "https://git.example.com/acme/missing", folder: "missing" },
    after: 0,
    prompt: "p1",
    text: "Hello",
  });
  await world.seat.send({ type: "events.follow", run, after: 0 });
  await world.ended(run);
  expect(world.seat.events(run).at(-1)?.body).toMatchObject({
    kind: "turn.failed",
    message: expect.stringContaining("could not be cloned") as string,
  });
});

test("after the workstation restarts the run is reported as ended, and its session is resumed with all that was said", async () => {
  world.script = ({ lastWords, toolResults }) =>
    lastWords.startsWith("Remember") && toolResults === 0
      ? { tool: "Bash", input: { command: "tail -f /dev/null", description: "Wait" } }
      : { text: "I remember." };
  const run = await world.start("Remember the word aubergine");
  // The event comes while the model still speaks, when the agent may not have written its session down.
  await until(
    "the command to run",
    30_000,
    async () => (await world.workstation.run("pgrep -fx 'tail -f /dev/null'")).output.trim() !== "",
  );
  const boot = world.seat.hello()?.boot;
  world.workstation.restart();
  await until("agentd to come back", 30_000, () =>
    world.seat.hello()?.boot !== boot ? world.seat.hello() : null,
  );
  await until("the end to be told", 10_000, () => world.kinds(run).at(-1) === "session.ended");
  expect(world.seat.events(run).at(-1)?.body).toMatchObject({
    error: expect.stringContaining("restarted") as string,
  });
  await world.start("What was the word?", { run, session: world.sessionOf(run) });
  await world.ended(run);
  expect(world.seat.events(run).map(({ seq }) => seq)).toEqual(world.kinds(run).map((_, index) => index + 1));
  expect(world.seat.events(run).findLast(({ body }) => body.kind === "session.started")?.body).toMatchObject({
    resumed: true,
    session: world.sessionOf(run),
  });
  expect(JSON.stringify(world.model.seen.at(-1)?.turn.body)).toContain("aubergine");
  await world.seat.send({ type: "run.stop", run });
});
