/**
 * Keeps every run moving: looks at one, asks core what becomes of it, does that, and looks again until nothing changes.
 * Whoever has news (an event, a decision, a message of a person, the clock) only says which run to look at.
 */
import type { AgentName } from "@nightgate/shared/agentd-protocol";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { Logger } from "pino";
import type { Works } from "../chains/works.ts";
import type { Decision, RunSnapshot } from "../core/snapshot.ts";
import { isFresh } from "../core/words.ts";
import type { RunnerFaults } from "../fault-points.ts";
import { LIMITS } from "../limits.ts";
import type { RunRow } from "../store/run-row.ts";
import { isTerminal, type RunStore } from "../store/run-store.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { AgentdLink } from "../workstations/agentd-link.ts";
import type { KeyedQueue } from "./keyed-queue.ts";
import { folderOf } from "./repository-folder.ts";

export interface Conductor {
  /** Looks at the run until nothing changes. Never throws: what fails is logged and tried again by the sweep. */
  look(organization: string, run: string): Promise<void>;
}

export interface ConductorOptions {
  runs: RunStore;
  snapshots: Snapshots;
  linkOf(workstation: string): AgentdLink | null;
  queue: KeyedQueue;
  clock: Clock;
  log: Logger;
  faults: RunnerFaults;
  /** What runs that are no agent's do. */
  works: Works;
  /** A run is over: a night of a chain may go on. */
  runEnded(organization: string, run: string): void;
  /** A run may begin, or has given its locks back. */
  wakeDispatcher(organization: string): void;
  /** Aborts what waits to look again. */
  signal: AbortSignal;
}

/** Makes the conductor. It holds no state of its own: everything is in Postgres and in agentd. */
export function createConductor(options: ConductorOptions): Conductor {
  const { runs, queue, clock, log, signal } = options;
  // A look that has not begun yet will see what this one would.
  const waiting = new Set<string>();
  const look = async (organization: string, run: string): Promise<void> => {
    if (waiting.has(run)) return;
    waiting.add(run);
    try {
      await queue.add(run, async () => {
        waiting.delete(run);
        await settle(organization, run);
      });
    } catch (error) {
      log.warn({ err: error, run }, "Looking at a run failed. It is looked at again.");
    }
  };
  // One alarm per run: the newest look knows best when the next one is due.
  const alarms = new Map<string, AbortController>();
  const later = (row: RunRow, ms: number): void => {
    alarms.get(row.id)?.abort();
    const alarm = new AbortController();
    alarms.set(row.id, alarm);
    void clock
      .wait(Math.min(ms, LIMITS.alarmMsMax), AbortSignal.any([signal, alarm.signal]))
      .then(async () => {
        alarms.delete(row.id);
        await look(row.organization, row.id);
      }, String);
  };
  const settle = async (organization: string, id: string): Promise<void> => {
    for (;;) {
      const row = await runs.find(organization, id);
      if (row === null || signal.aborted) return;
      const changed = (await step(options, row, { look, later: (ms) => later(row, ms) })) === "changed";
      if (!changed) return;
    }
  };
  return { look };
}

async function step(
  options: ConductorOptions,
  row: RunRow,
  again: { look: Conductor["look"]; later(ms: number): void },
): Promise<"changed" | "still"> {
  const { runs, snapshots, clock } = options;
  const link = options.linkOf(row.workstation);
  if (isTerminal(row.state)) {
    for (const run of await runs.dependants(row)) void again.look(row.organization, run);
    options.runEnded(row.organization, row.id);
    await stopIfLive(link, row);
    return "still";
  }
  const now = new Date(clock.now());
  if (await options.works.perform(row, now)) return "changed";
  const snapshot: RunSnapshot = { ...(await snapshots.read(row, now)), agentd: agentdOf(link, row) };
  const decision = await options.works.decide(row, snapshot, now);
  switch (decision.kind) {
    case "move":
      // Another move got in between: look again either way.
      await runs.move(row, decision);
      options.faults("after-move");
      // What it had may be another's turn.
      options.wakeDispatcher(row.organization);
      return "changed";
    case "tell":
      await runs.tell(row, decision);
      return "changed";
    case "act":
      return await command(options, row, link, decision);
    case "later":
      again.later(decision.ms);
      return await act(options, row, link);
    case "nothing":
      return await act(options, row, link);
  }
}

/** Said to agentd first: who dies in between says it again, and its id makes it be done once. */
async function command(
  { runs, log }: ConductorOptions,
  row: RunRow,
  link: AgentdLink | null,
  decision: Extract<Decision, { kind: "act" }>,
): Promise<"changed" | "still"> {
  if (link === null) return "still";
  try {
    await link.send({ type: `run.${decision.command}`, id: decision.id, run: row.id });
  } catch (error) {
    log.warn(
      { run: row.id, err: error },
      `A run could not be told to ${decision.command}. It is tried again.`,
    );
    return "still";
  }
  if (decision.prompts.length === 0 && decision.marks === undefined) return "still";
  await runs.tell(row, decision);
  return "changed";
}

/** What a state asks to be done, when nothing has to be decided. */
async function act(
  options: ConductorOptions,
  row: RunRow,
  link: AgentdLink | null,
): Promise<"changed" | "still"> {
  if (link === null) return "still";
  switch (row.state) {
    case "queued":
      options.wakeDispatcher(row.organization);
      return "still";
    case "dispatching":
    case "running":
      return await sendPrompts(options, row, link);
    case "cancelling":
      await stopIfLive(link, row);
      return "still";
    default:
      return "still";
  }
}

/** Hands over what agentd has not taken yet. Safe to repeat: agentd takes each prompt's id once. */
async function sendPrompts(
  options: ConductorOptions,
  row: RunRow,
  link: AgentdLink,
): Promise<"changed" | "still"> {
  const { runs, log, faults } = options;
  for (const prompt of await runs.unsent(row)) {
    try {
      await sendPrompt(options, row, link, prompt);
    } catch (error) {
      // Away: it is sent when the workstation comes back.
      if (!(error instanceof Problem) || error.code !== "agentd.refused") return "still";
      log.warn({ run: row.id, err: error }, "agentd refused a prompt.");
      const state = row.state === "dispatching" ? "dispatching" : "running";
      return (await runs.move(
        { ...row, state },
        { to: "failed", prompts: [], resend: false, error: error.message },
      ))
        ? "changed"
        : "still";
    }
    faults("after-prompt");
    await runs.markSent(row, prompt.id);
  }
  if (row.state !== "dispatching") return "still";
  return (await runs.move(row, { to: "running", prompts: [], resend: false })) ? "changed" : "still";
}

async function sendPrompt(
  { runs, works }: ConductorOptions,
  row: RunRow,
  link: AgentdLink,
  prompt: { id: string; text: string },
): Promise<void> {
  if (await works.begin(row, link, prompt.id)) return;
  const phase = link.run(row.id)?.phase ?? "ended";
  if (phase !== "ended")
    return await link.send({
      type: "run.prompt",
      id: `prompt-${prompt.id}-${row.epoch}`,
      run: row.id,
      prompt: prompt.id,
      text: prompt.text,
    });
  const repository = await runs.repository(row);
  const file = await works.promptFile(row, prompt);
  await link.send({
    type: "run.start",
    id: `start-${prompt.id}-${row.epoch}`,
    run: row.id,
    agent: row.agent as AgentName,
    session: row.session,
    repository: repository === null ? null : { url: repository.url, folder: folderOf(repository.url) },
    ...(isFresh(prompt.id) && { fresh: true }),
    after: row.lastSeq,
    prompt: prompt.id,
    text: prompt.text,
    ...(file !== null && { file }),
  });
  await link.send({
    type: "events.follow",
    id: `follow-${row.id}-${row.epoch}`,
    run: row.id,
    after: row.lastSeq,
  });
}

/** Ends what is left of a run that is over. */
async function stopIfLive(link: AgentdLink | null, row: RunRow): Promise<void> {
  const phase = link?.run(row.id)?.phase;
  if (link === null || phase === undefined || phase === "ended") return;
  await link.send({ type: "run.stop", id: `stop-${row.id}-${row.epoch}`, run: row.id });
}

function agentdOf(link: AgentdLink | null, row: RunRow): RunSnapshot["agentd"] {
  if (link === null) return null;
  const known = link.run(row.id);
  return known === null
    ? { phase: "unknown", caughtUp: true }
    : { phase: known.phase, caughtUp: known.lastSeq <= row.lastSeq };
}
