/** All runs of this workstation: finds them on disk at the start, carries out the runner's commands, each of them once. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentdRun, RunnerMessage } from "@nightgate/shared/agentd-protocol";
import { Problem } from "@nightgate/shared/problems";
import type { CommandSpec } from "../commands/command-spec.ts";
import { LIMITS } from "../limits.ts";
import { openEventLog } from "./event-log.ts";
import { FULL_WORDS, isFull, onceThereIsRoom } from "./full-disk.ts";
import type { RunSurroundings } from "./live-session.ts";
import { type RunRecord, writeRunRecord } from "./run-record.ts";
import { Run } from "./run.ts";
import { type FoundRun, findRuns, recordFile } from "./runs-on-disk.ts";

export type RunCommand = Exclude<RunnerMessage, { type: "events.follow" | "events.ack" | "verb.result" }>;
export interface CommandAnswer {
  ok: boolean;
  error?: string;
}

/** Opens all runs below `folder`. Those whose processes died with the workstation are ended, with the reason. */
export async function openRuns(folder: string, surroundings: RunSurroundings): Promise<Runs> {
  const runs = new Runs(folder, surroundings);
  for (const found of await findRuns(folder, surroundings.clock)) runs.keep(found);
  return runs;
}

export class Runs {
  readonly #folder: string;
  readonly #surroundings: RunSurroundings;
  readonly #runs = new Map<string, Run>();
  readonly #listeners = new Set<(info: AgentdRun) => void>();
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(folder: string, surroundings: RunSurroundings) {
    this.#folder = folder;
    this.#surroundings = surroundings;
  }

  list(): AgentdRun[] {
    return [...this.#runs.values()].map((run) => run.info());
  }

  find(run: string): Run | null {
    return this.#runs.get(run) ?? null;
  }

  /** Carries out a command once: the same id again only gets the same answer. Commands of one run wait for each other. */
  async command(command: RunCommand): Promise<CommandAnswer> {
    const before = this.#queues.get(command.run) ?? Promise.resolve();
    const answer = before.then(async () => await this.#once(command));
    this.#queues.set(command.run, answer.catch(String));
    return await answer;
  }

  /** The runner has stored the run's events up to `seq`. */
  acked(run: string, seq: number): void {
    const record = this.#runs.get(run)?.record;
    if (record !== undefined && seq > record.acked) record.acked = seq;
  }

  /** Calls on each change of phase. Returns how to stop that. */
  onPhase(listener: (info: AgentdRun) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when all that was recorded is on disk. */
  async flush(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(async (run) => await run.log.flush()));
  }

  /** Takes a run in. */
  keep({ record, log }: FoundRun): Run {
    const file = recordFile(this.#folder, record.run);
    const { clock } = this.#surroundings;
    let saving: Promise<unknown> = Promise.resolve();
    const save = async (): Promise<void> => {
      const saved = saving.then(
        async () => await onceThereIsRoom(clock, async () => await writeRunRecord(file, record)),
      );
      saving = saved.catch(String);
      await saved;
    };
    const onPhase = (info: AgentdRun): void => this.#listeners.forEach((listener) => listener(info));
    const run = new Run({ record, log, surroundings: this.#surroundings, save, onPhase });
    this.#runs.set(record.run, run);
    return run;
  }

  async #once(command: RunCommand): Promise<CommandAnswer> {
    const known = this.#runs.get(command.run)?.record.commands.find(({ id }) => id === command.id);
    if (known !== undefined)
      return { ok: known.ok, ...(known.error !== undefined && { error: known.error }) };
    const answer = await this.#carryOut(command).then(
      (): CommandAnswer => ({ ok: true }),
      (error: unknown): CommandAnswer => ({
        ok: false,
        error: isFull(error) ? FULL_WORDS : error instanceof Error ? error.message : String(error),
      }),
    );
    const run = this.#runs.get(command.run);
    if (run !== undefined) {
      run.record.commands = [...run.record.commands, { id: command.id, ...answer }].slice(
        -LIMITS.commandsRememberedMax,
      );
      await run.save();
    }
    return answer;
  }

  async #carryOut(command: RunCommand): Promise<void> {
    const begins = command.type === "run.start" || command.type === "command.run";
    const run = begins ? await this.#begin(command) : this.#runs.get(command.run);
    if (run === undefined) throw new Problem("run.unknown", { run: command.run });
    switch (command.type) {
      case "run.start":
        return await run.prompt(command.prompt, command.text, !run.isLive(), command.file);
      case "command.run":
        return await run.prompt(command.prompt, command.command, true);
      case "run.prompt":
        return await run.prompt(command.prompt, command.text, false);
      case "run.interrupt":
        return await run.interrupt();
      case "run.stop":
        return await run.stop();
    }
  }

  async #begin(command: BeginCommand): Promise<Run> {
    const known = this.#runs.get(command.run);
    if (known !== undefined) {
      if (command.type !== "run.start") return known;
      // Whoever begins anew may be another agent.
      if (command.fresh === true) Object.assign(known.record, { agent: command.agent, session: null });
      else known.record.session = command.session ?? known.record.session;
      return known;
    }
    const live = [...this.#runs.values()].filter((run) => run.isLive()).length;
    if (live >= LIMITS.runsLiveMax)
      throw new Problem("too-many", { what: "runs on this workstation", limit: LIMITS.runsLiveMax });
    if (command.type === "run.start" && this.#surroundings.adapterOf(command.agent) === null)
      throw new Problem("agent.not-here", { agent: command.agent });
    await this.#makeRoom();
    const record = newRecord(command);
    const log = await openEventLog(
      join(this.#folder, command.run, "events.jsonl"),
      this.#surroundings.clock,
      record.firstSeq,
    );
    return this.keep({ record, log });
  }

  /** The oldest ended runs whose events the runner has stored are forgotten. */
  async #makeRoom(): Promise<void> {
    for (const [id, run] of this.#runs) {
      if (this.#runs.size < LIMITS.runsKeptMax) return;
      if (run.isLive() || run.record.acked < run.log.lastSeq()) continue;
      this.#runs.delete(id);
      await run.log.close();
      await rm(join(this.#folder, id), { recursive: true, force: true });
    }
  }
}

type BeginCommand = Extract<RunCommand, { type: "run.start" | "command.run" }>;

function newRecord(command: BeginCommand): RunRecord {
  return {
    run: command.run,
    ...(command.type === "run.start"
      ? { agent: command.agent, session: command.session }
      : { agent: "command", session: null, command: specOf(command) }),
    repository: command.repository,
    folder: null,
    live: false,
    firstSeq: command.after + 1,
    acked: command.after,
    commands: [],
    prompts: [],
    waiting: [],
  };
}

function specOf(command: Extract<RunCommand, { type: "command.run" }>): CommandSpec {
  const { folder, env, timeoutSeconds, outputBytesMax } = command;
  return { command: command.command, folder, env, timeoutSeconds, outputBytesMax };
}
