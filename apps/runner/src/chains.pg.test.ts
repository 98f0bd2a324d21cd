/** Chains over a real database and a scripted workstation: the example's twelve workers on a Sunday and on a Monday, and what else a night can meet. */
import { readFileSync } from "node:fs";
import { newId } from "@nightgate/shared/ids";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play, PlayedTurn } from "./testing/scripted-agentd.ts";

const EXAMPLE = readFileSync(new URL("../../../examples/overnight-chain/chain.yaml", import.meta.url), "utf8")
  // A retry after a second instead of a minute.
  .replace("backoff: exponential", "backoff: none");
/** 2 at night in Los Angeles. */
const SUNDAY = "2026-05-03T09:00:00Z";
const MONDAY = "2026-05-04T09:00:00Z";

let world: RunnerWorld;
let play: Play;
beforeEach(async () => {
  play = obey;
  world = await runnerWorld(inject("postgres"), async (turn) => await play(turn));
});
afterEach(async () => await world.close());

/** Ends a command with a status and what it wrote. */
const exit = (turn: PlayedTurn, status: number, output = ""): { stopReason: string } => {
  turn.say({
    kind: "tool",
    call: turn.prompt,
    title: turn.text,
    tool: "execute",
    status: "completed",
    output,
  });
  return { stopReason: status === 0 ? "end_turn" : `exit-${status}` };
};
const nameOf = (turn: PlayedTurn): string =>
  turn.command?.env["NIGHTGATE_CHAIN_JOB"] ?? /You are the job `([^`]+)`/u.exec(turn.text)?.[1] ?? "";
const obey: Play = async (turn) => {
  if (turn.command !== null) return exit(turn, 0, "done");
  turn.say({ kind: "agent.message", text: `${nameOf(turn)} has nothing to report.` });
  return await Promise.resolve({ stopReason: "end_turn" });
};

const ask = async (verb: string, args: unknown): Promise<Record<string, unknown>> => {
  const outcome = await world.agentd.ask(verb, args);
  if (!outcome.ok) throw new Error(outcome.problem.detail);
  return outcome.result;
};
const remember = async (slug: string, text: string, run: string | null = null): Promise<VerbOutcome> =>
  await world.agentd.ask("memory_write", { slug, text, kind: "fact", scope: "organization" }, { run });
const refused = async (verb: string, args: unknown): Promise<string> => {
  const outcome = await world.agentd.ask(verb, args);
  return outcome.ok ? "done" : outcome.problem.detail;
};
const begin = async (chain: string, at?: string): Promise<string> =>
  String((await ask("chain_run", { chain, ...(at !== undefined && { at }) }))["chain_run"]);
const over = async (night: string, state: string): Promise<void> =>
  await until(
    async () =>
      (await world.query<{ state: string }>("SELECT state FROM jobs.chain_runs WHERE id = $1", [night]))[0]
        ?.state,
    state,
    90_000,
  );
const jobs = async (night: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (
      await world.query<{ key: string; state: string; triage_outcome: string | null }>(
        "SELECT key, state, triage_outcome FROM jobs.chain_jobs WHERE chain_run_id = $1 ORDER BY position",
        [night],
      )
    ).map(({ key, state, triage_outcome: said }) => [key, said === null ? state : `${state} ${said}`]),
  );
const chain = (text: string, before = ""): string => `name: night\n${before}jobs:\n${text}`;

test("the overnight chain on a Sunday and a Monday: GREEN and RED triage, a failing worker, one at a time on the GPU, notes delivered", async () => {
  const working = new Set<string>();
  let most = 0;
  const said = new Map<string, string>();
  const wrote = new Map<string, boolean>();
  let triage = { status: 0, output: "all quiet" };
  play = async (turn) => {
    const name = nameOf(turn);
    if (turn.text.endsWith("triage.sh")) return exit(turn, triage.status, triage.output);
    // Everything else that a workstation does in this chain has the GPU.
    working.add(turn.run);
    most = Math.max(most, working.size);
    said.set(name, turn.text);
    if (name === "article-scanner" || name === "code-review")
      wrote.set(name, (await remember("feeds-move", "Feeds move on Sundays.", turn.run)).ok);
    await new Promise((resolve) => setImmediate(resolve));
    working.delete(turn.run);
    if (name === "ecosystem-watch") return { stopReason: "refusal" };
    return await obey(turn);
  };
  await ask("chain_apply", { document: EXAMPLE, folder: "night" });
  await remember("gpu-is-slow", "The GPU is slow on Mondays.");
  await remember("feeds-first", "The job article-scanner of the chain reads feeds first.");

  const sunday = await begin("overnight-chain", SUNDAY);
  await over(sunday, "failed");
  expect(await jobs(sunday)).toEqual({
    "gpu-warmup": "succeeded",
    amygdala: "succeeded GREEN",
    "morning-briefing": "succeeded",
    "article-scanner": "succeeded",
    "arxiv-scout": "succeeded",
    "code-review": "succeeded",
    "pr-digest": "succeeded",
    cerebellum: "succeeded",
    consolidation: "succeeded",
    "ecosystem-watch": "failed",
    evolution: "upstream_failed",
    "basal-ganglia": "upstream_failed",
  });
  // GREEN: no model was called, and the triage never had the GPU.
  expect(said.has("amygdala")).toBe(false);
  expect(
    await world.query(
      "SELECT r.locks FROM jobs.chain_jobs c JOIN jobs.runs r ON r.id = c.triage_run_id WHERE c.chain_run_id = $1 AND 'named/' || $2 || '/gpu' = ANY(r.locks)",
      [sunday, world.workstation],
    ),
  ).toEqual([]);
  expect(said.get("morning-briefing")).toContain("Before you, amygdala succeeded (GREEN)");
  // Only whose job says so writes to the memory, and only who says so is reminded.
  expect(wrote).toEqual(
    new Map([
      ["article-scanner", true],
      ["code-review", false],
    ]),
  );
  expect(said.get("article-scanner")).toContain("> The job article-scanner of the chain reads feeds first.");
  expect(said.get("code-review")).not.toContain("reads feeds first");
  // On Sundays the builtin leaves the rest to an agent, and the night waits for it.
  expect(said.get("")).toContain("Tidy up this organization's memory.");
  // It was tried twice, as the chain says.
  expect(
    await world.query(
      "SELECT r.attempt FROM jobs.chain_jobs c JOIN jobs.runs r ON r.id = c.run_id WHERE c.chain_run_id = $1 AND c.key = 'ecosystem-watch'",
      [sunday],
    ),
  ).toEqual([{ attempt: 2 }]);

  triage = { status: 0, output: 'three things\n{"outcome": "red"}' };
  const monday = await begin("overnight-chain", MONDAY);
  await over(monday, "succeeded");
  expect(await jobs(monday)).toMatchObject({
    amygdala: "succeeded RED",
    consolidation: "succeeded",
    "ecosystem-watch": "skipped",
    evolution: "skipped",
    "basal-ganglia": "skipped",
  });
  expect(said.get("amygdala")).toContain("Your triage said RED:\n\n> three things");
  expect(most).toBe(1);
  const notes = await world.query<{ channel: string; text: string }>(
    "SELECT channel, text FROM jobs.human_messages WHERE kind = 'note' ORDER BY created_at, channel",
  );
  expect(notes.map(({ channel }) => channel)).toEqual(["push", "slack", "push", "slack"]);
  expect(notes[0]?.text).toBe(
    "overnight-chain: morning-briefing succeeded.\n\nmorning-briefing has nothing to report.",
  );
}, 180_000);

test("the same document again changes nothing; its schedules become schedules, and a fire begins a night for its instant", async () => {
  const document = chain(
    "  a: { run: a.sh }\n",
    'on: { schedule: [{ cron: "0 2 * * *", timezone: Europe/Berlin }] }\n',
  );
  const first = await ask("chain_apply", { document });
  expect(first).toMatchObject({ changed: true, jobs: 1 });
  expect(first["next"]).toHaveLength(5);
  expect(await ask("chain_apply", { document })).toMatchObject({ changed: false, chain: first["chain"] });
  const due = new Date(Math.floor(Date.now() / 1000) * 1000 - 1000);
  await world.query("UPDATE jobs.schedules SET next_at = $1 WHERE chain_id = $2", [due, first["chain"]]);
  await until(
    async () => (await world.query("SELECT FROM jobs.fires WHERE chain_run_id IS NOT NULL")).length,
    1,
  );
  const [night] = await world.query<{ id: string; fire_at: Date; reason: string }>(
    "SELECT id, fire_at, reason FROM jobs.chain_runs",
  );
  expect(night).toMatchObject({ fire_at: due, reason: "schedule" });
  await over(night?.id ?? "", "succeeded");
  // Another time in the document: the old schedule ends, a new one is there.
  expect(await ask("chain_apply", { document: document.replace("0 2", "0 3") })).toMatchObject({
    changed: true,
  });
  expect(await world.query("SELECT cron FROM jobs.schedules WHERE deleted_at IS NULL")).toEqual([
    { cron: "0 3 * * *" },
  ]);
  await ask("chain_pause", { chain: "night" });
  expect(await world.query("SELECT paused FROM jobs.schedules WHERE deleted_at IS NULL")).toEqual([
    { paused: true },
  ]);
});

test("a night that is cancelled ends what goes and begins nothing more; the next one waited for it", async () => {
  let began = 0;
  play = async (turn) => {
    began += 1;
    if (began === 1) await new Promise(() => undefined);
    return await obey(turn);
  };
  await ask("chain_apply", { document: chain("  a: { run: a.sh }\n  b: { run: b.sh, needs: a }\n") });
  const first = await begin("night");
  await until(() => began, 1);
  const second = await begin("night");
  expect(await world.query("SELECT state FROM jobs.chain_runs WHERE id = $1", [second])).toEqual([
    { state: "queued" },
  ]);
  expect(await ask("chain_cancel", { chain_run: first })).toEqual({ cancelled: [first] });
  await over(first, "cancelled");
  expect(await jobs(first)).toEqual({ a: "cancelled", b: "cancelled" });
  await over(second, "succeeded");
  expect(await refused("chain_cancel", { chain_run: first })).toContain("is over already");
});

test("a command whose workstation restarts in the middle has failed, and is not run twice (invariant 10)", async () => {
  const ran: string[] = [];
  play = async (turn) => {
    ran.push(turn.text);
    if (turn.text === "a.sh") await new Promise(() => undefined);
    return await obey(turn);
  };
  await ask("chain_apply", {
    document: chain(
      "  a: { run: a.sh, on-failure: continue }\n  b: { run: b.sh, needs: a }\n  c: { run: c.sh, needs: a, if: failure() }\n",
    ),
  });
  const night = await begin("night");
  await until(() => ran.length, 1);
  // The runner's own death does not matter to it.
  await world.stopRunner();
  await world.startRunner();
  world.agentd.restart(true);
  await over(night, "failed");
  expect(await jobs(night)).toEqual({ a: "failed", b: "succeeded", c: "skipped" });
  expect(ran.filter((name) => name === "a.sh")).toEqual(["a.sh"]);
});

test("what cannot be used is refused with line and column, and nothing of it is kept", async () => {
  expect(await refused("chain_apply", { document: chain("  a: { run: a.sh, needs: b }\n") })).toContain(
    "3:26 jobs.a needs b, and there is no such job.",
  );
  expect(await ask("chain_validate", { document: chain("  a: { runs: a.sh }\n") })).toMatchObject({
    ok: false,
  });
  expect(await ask("chain_list", {})).toEqual({ chains: [] });
  expect(await refused("chain_show", { chain: "night" })).toContain("chain night");
  await ask("chain_apply", { document: chain("  a: { run: a.sh, workstation: box }\n") });
  expect(
    await refused("chain_apply", { document: chain("  a: { run: a.sh, workstation: other }\n") }),
  ).toContain("workstation other");
  expect(await ask("chain_show", { chain: "night" })).toMatchObject({
    night: null,
    jobs: [{ job: "a", state: "waiting" }],
  });
  expect(await ask("chain_plan", { chain: "night", at: SUNDAY })).toMatchObject({
    jobs: [{ job: "a", start: "begin" }],
  });
  // Another workstation's chain answers an agent as if it were not there, and cannot be taken over by its name.
  await world.query("UPDATE jobs.chains SET workstation_id = $1", [newId("workstation")]);
  expect(await ask("chain_list", {})).toEqual({ chains: [] });
  for (const verb of ["chain_run", "chain_show", "chain_cancel", "chain_pause", "chain_delete"])
    expect(await refused(verb, { chain: "night" })).toContain("chain night");
  expect(await refused("chain_apply", { document: chain("  a: { run: mine.sh }\n") })).toContain(
    "taken by another",
  );
});
