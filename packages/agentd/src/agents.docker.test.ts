/** The real codex and opencode over ACP in a real workstation, against a scripted model: a task with a push, an interrupt, a refusal, and a session that outlives its workstation's restart. */
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type AgentdWorld, agentdWorld } from "./testing/agentd-world.ts";
import type { VerbAsk } from "./testing/runner-seat.ts";
import type { ScriptedReply } from "./testing/scripted-reply.ts";

let world: AgentdWorld;
beforeAll(async () => {
  world = await agentdWorld("agents", inject("nightgateEngine"));
});
afterAll(async () => await world.close());

const running = async (command: string): Promise<boolean> =>
  (await world.workstation.run(`pgrep -fx '${command}'`)).output.trim() !== "";

describe.each(["codex", "opencode"] as const)("%s", (agent) => {
  test("clones, commits, pushes and finishes; every request names the run, and it knows the contract", async () => {
    world.script = ({ toolResults }) =>
      toolResults === 0
        ? {
            command: `echo ${agent} > ${agent}.txt && git add . && git commit -qm 'Add a note' && git push -q origin HEAD:refs/heads/agent/${agent} && id -un`,
          }
        : { text: "The note is pushed." };
    world.gate().seen.length = 0;
    const run = await world.start("Add a note and push it", { agent, repository: true });
    await world.ended(run);
    const bodies = world.seat.events(run).map(({ body }) => body);
    expect(bodies.slice(-2)).toMatchObject([
      { kind: "agent.message", text: "The note is pushed." },
      { kind: "turn.ended", stopReason: "end_turn" },
    ]);
    const tool = bodies.findLast((body) => body.kind === "tool");
    expect(tool).toMatchObject({
      tool: "execute",
      status: "completed",
      title: expect.stringContaining("git push") as string,
      output: expect.stringMatching(/^agent\s*$/) as string,
    });
    const hinted = world.gate().seen.filter(({ line }) => /\/git\/|POST \/model\//.test(line));
    expect(hinted.length).toBeGreaterThan(4);
    expect(hinted.filter((request) => request.run !== run)).toEqual([]);
    expect(JSON.stringify(world.model.seen.at(-1)?.turn.body)).toContain(
      "You work on a Nightgate workstation",
    );
    await world.seat.send({ type: "run.stop", run });
  });

  test("an interrupt ends the turn and keeps the session, and what waited is the next prompt", async () => {
    const command = "tail -f /dev/null";
    world.script = ({ lastWords, toolResults }) =>
      lastWords === "Long" && toolResults === 0 ? { command } : { text: `I heard: ${lastWords}` };
    const run = await world.start("Long", { agent });
    await until("the command to run", 30_000, async () => await running(command));
    await world.seat.send({ type: "run.prompt", run, prompt: "p2", text: "Short" });
    await world.seat.send({ type: "run.interrupt", run });
    await world.ended(run, 2);
    const bodies = world.seat.events(run).map(({ body }) => body);
    expect(bodies.flatMap((body) => (body.kind === "turn.ended" ? [body.stopReason] : []))).toEqual([
      "cancelled",
      "end_turn",
    ]);
    expect(bodies).toContainEqual(expect.objectContaining({ kind: "agent.message", text: "I heard: Short" }));
    expect(bodies.filter(({ kind }) => kind === "session.started")).toHaveLength(1);
    await world.seat.send({ type: "run.stop", run });
  });

  test("invariant 10: after the workstation restarted its session is resumed with all that was said", async () => {
    const command = "tail -f /dev/null";
    world.script = ({ lastWords, toolResults }) =>
      lastWords.startsWith("Remember") && toolResults === 0 ? { command } : { text: "I remember." };
    const run = await world.start("Remember the word aubergine", { agent });
    await until("the command to run", 30_000, async () => await running(command));
    const boot = world.seat.hello()?.boot;
    world.workstation.restart();
    await until("agentd to come back", 30_000, () =>
      world.seat.hello()?.boot !== boot ? world.seat.hello() : null,
    );
    await until("the end to be told", 10_000, () => world.kinds(run).at(-1) === "session.ended");
    await world.start("What was the word?", { agent, run, session: world.sessionOf(run) });
    await world.ended(run);
    expect(
      world.seat.events(run).findLast(({ body }) => body.kind === "session.started")?.body,
    ).toMatchObject({
      resumed: true,
      session: world.sessionOf(run),
    });
    expect(world.seat.events(run).at(-1)?.body).toMatchObject({ kind: "turn.ended" });
    expect(JSON.stringify(world.model.seen.at(-1)?.turn.body)).toContain("aubergine");
    await world.seat.send({ type: "run.stop", run });
  });
});

test.each(["claude", "codex", "opencode"] as const)(
  "%s has the verbs as tools, and asks in its run's name",
  async (agent) => {
    const asked: VerbAsk[] = [];
    // Whole, as its schema has it: some clients refuse what is not.
    const nobody = {
      workstation: null,
      run: null,
      job: null,
      title: null,
      agent: null,
      person: null,
      role: null,
    };
    const who = { organization: "org_x", ...nobody, workstation_name: "the box of the test" };
    world.seat.answer = (ask) => {
      asked.push(ask);
      return { ok: true, result: who };
    };
    world.script = ({ body }) =>
      asked.length > 0
        ? { text: "I know who I am." }
        : whoamiCall(agent, JSON.stringify(body["tools"] ?? []));
    const run = await world.start("Who are you?", { agent });
    await world.ended(run);
    expect(asked).toMatchObject([{ run, verb: "whoami", args: {} }]);
    expect(JSON.stringify(world.model.seen.at(-1)?.turn.body)).toContain("the box of the test");
    await world.seat.send({ type: "run.stop", run });
  },
);

/** As each agent calls it, opencode by a name of its own: claude looks up a server's tools before it uses them, codex calls them from a program. */
function whoamiCall(agent: "claude" | "codex" | "opencode", offered: string): ScriptedReply {
  if (agent === "opencode") return { tool: "nightgate_whoami", input: {} };
  const tool = "mcp__nightgate__whoami";
  if (agent === "codex") return { program: `text(JSON.stringify(await tools.${tool}({})));` };
  return offered.includes(tool)
    ? { tool, input: {} }
    : { tool: "ToolSearch", input: { query: `select:${tool}` } };
}
