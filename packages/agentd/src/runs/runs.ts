/** All runs of this workstation: reads them from disk at the start, carries out the runner's commands, each of them once. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentdRun, RunnerMessage } from "@nightgate/shared/agentd-protocol";
import { runId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { DRIVEN_AGENTS } from "../adapters/adapter.ts";
import { LIMITS } from "../limits.ts";
import { type EventLog, openEventLog } from "./event-log.ts";
import { readRunRecord, type RunRecord, writeRunRecord } from "./run-record.ts";
import { createRun, type Run, type RunSurroundings } from "./run.ts";

export type RunCommand = Exclude<RunnerMessage, { type: "events.follow" | "events.ack" }>;

export interface Runs {
  list(): AgentdRun[];
  find(run: string): Run | null;
  /** Carries out a command once: the same id again only gets the same answer. */
  command(command: RunCommand): Promise<{ ok: boolean; error?: string }>;
  acked(run: string, seq: number): void;
  /** Called on each change of phase. Returns how to stop that. */
  onPhase(listener: (info: AgentdRun) => void): () => void;
  /** Ends all processes; the runs are found again at the next start. */
  stop(): Promise<void>;
}

/** Opens all runs below `folder`. Those whose processes died with the workstation are ended, with the reason. */
export async function openRuns(folder: string, surroundings: RunSurroundings): Promise<Runs> {
  const runs = new Map<string, Run>();
  const listeners = new Set<(info: AgentdRun) => void>();
  const queues = new Map<string, Promise<unknown>>();
  await mkdir(folder, { recursive: true, mode: 0o700 });

  const make = (record: RunRecord, log: EventLog): Run => {
    const file = join(folder, record.run, "record.json");
    let saving: Promise<void> = Promise.resolve();
    const run = createRun({
      record,
      log,
      surroundings,
      save: async (changed) => {
        const saved = saving.catch(String).then(async () => await writeRunRecord(file, changed));
        saving = saved;
        await saved;
      },
      onPhase: (info) => listeners.forEach((listener) => listener(info)),
    });
    runs.set(record.run, run);
    return run;
  };

  for (const { record, log } of await readAll(folder, surroundings)) make(record, log);

  const begin = async (command: Extract<RunCommand, { type: "run.start" }>): Promise<Run> => {
    const known = runs.get(command.run);
    if (known !== undefined) {
      known.record.session = command.session ?? known.record.session;
      return known;
    }
    const live = [...runs.values()].filter((run) => run.isLive()).length;
    if (live >= LIMITS.runsLiveMax)
      throw new Problem("too-many", { what: "runs on this workstation", limit: LIMITS.runsLiveMax });
    if (!DRIVEN_AGENTS.includes(command.agent)) throw new Problem("agent.not-here", { agent: command.agent });
    await prune(folder, runs);
    const record: RunRecord = {
      run: command.run,
      agent: command.agent,
      session: command.session,
      repository: command.repository,
      folder: null,
      live: false,
      firstSeq: command.after + 1,
      acked: command.after,
      commands: [],
      prompts: [],
      waiting: [],
    };
    return make(
      record,
      await openEventLog(join(folder, command.run, "events.jsonl"), surroundings.clock, record.firstSeq),
    );
  };

  const carryOut = async (command: RunCommand): Promise<void> => {
    const run = command.type === "run.start" ? await begin(command) : runs.get(command.run);
    if (run === undefined) throw new Problem("run.unknown", { run: command.run });
    switch (command.type) {
      case "run.start":
        return await run.prompt(command.prompt, command.text, !run.isLive());
      case "run.prompt":
        return await run.prompt(command.prompt, command.text, false);
      case "run.interrupt":
        return await run.interrupt();
      case "run.stop":
        return await run.stop();
    }
  };

  const once = async (command: RunCommand): Promise<{ ok: boolean; error?: string }> => {
    const before = runs.get(command.run)?.record.commands.find(({ id }) => id === command.id);
    if (before !== undefined)
      return { ok: before.ok, ...(before.error !== undefined && { error: before.error }) };
    const answer = await carryOut(command).then(
      () => ({ ok: true as const }),
      (error: unknown) => ({
        ok: false as const,
        error: error instanceof Error ? error.message : String(error),
      }),
    );
    const run = runs.get(command.run);
    if (run !== undefined) {
      run.record.commands = [...run.record.commands, { id: command.id, ...answer }].slice(
        -LIMITS.commandsRememberedMax,
      );
      await run.save();
    }
    return answer;
  };

  return {
    list: () => [...runs.values()].map((run) => run.info()),
    find: (run) => runs.get(run) ?? null,
    // Commands of one run wait for each other: two of the same id never run side by side.
    command: async (command) => {
      const answer = (queues.get(command.run) ?? Promise.resolve()).then(async () => await once(command));
      queues.set(command.run, answer.catch(String));
      return await answer;
    },
    acked: (run, seq) => {
      const record = runs.get(run)?.record;
      if (record !== undefined && seq > record.acked) record.acked = seq;
    },
    onPhase: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      await Promise.all([...runs.values()].map(async (run) => await run.log.flush()));
    },
  };
}

async function readAll(
  folder: string,
  { clock }: RunSurroundings,
): Promise<{ record: RunRecord; log: EventLog }[]> {
  const found = [];
  for (const name of (await readdir(folder)).filter((entry) => runId.safeParse(entry).success)) {
    const record = await readRunRecord(join(folder, name, "record.json"));
    // A run whose record was never written was never answered for: the runner sends it again.
    if (record === null) continue;
    const log = await openEventLog(join(folder, name, "events.jsonl"), clock, record.firstSeq);
    const begun = await promptsBegun(log, record);
    record.waiting = record.waiting.filter(({ prompt }) => !begun.has(prompt));
    if (record.live) {
      log.append({ kind: "session.ended", error: "The workstation was restarted while this run was going." });
      await log.flush();
      record.live = false;
    }
    await writeRunRecord(join(folder, name, "record.json"), record);
    found.push({ record, log });
  }
  return found;
}

/** Prompts that had begun when agentd died between logging one and taking it off the queue. */
async function promptsBegun(log: EventLog, record: RunRecord): Promise<Set<string>> {
  const begun = new Set<string>();
  if (record.waiting.length === 0) return begun;
  const reader = log.reader(0);
  for (let events = await reader.next(); events.length > 0; events = await reader.next()) {
    for (const { body } of events) if (body.kind === "prompt") begun.add(body.prompt);
  }
  return begun;
}

/** Makes room: the oldest ended runs whose events the runner has stored are forgotten. */
async function prune(folder: string, runs: Map<string, Run>): Promise<void> {
  for (const [id, run] of runs) {
    if (runs.size < LIMITS.runsKeptMax) return;
    if (run.isLive() || run.record.acked < run.log.lastSeq()) continue;
    runs.delete(id);
    await run.log.close();
    await rm(join(folder, id), { recursive: true, force: true });
  }
}
