/**
 * One run on this workstation: its queue of prompts, its turns, its events. Whatever happens to the processes outside, it goes on;
 * whatever happens to this one, the log and the record say where it was.
 */
import type { AgentdRun } from "@nightgate/shared/agentd-protocol";
import { Problem } from "@nightgate/shared/problems";
import type { RunEventBody } from "@nightgate/shared/run-events";
import { commandTurn } from "../commands/command-turn.ts";
import { readPromptFile } from "../commands/prompt-file.ts";
import { LIMITS } from "../limits.ts";
import type { EventLog } from "./event-log.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession, type RunSurroundings } from "./live-session.ts";
import { sweepRun } from "./processes.ts";
import type { RunRecord } from "./run-record.ts";

export interface RunOptions {
  record: RunRecord;
  log: EventLog;
  surroundings: RunSurroundings;
  /** Writes the record to disk. */
  save: () => Promise<void>;
  onPhase: (info: AgentdRun) => void;
}

/** What an agent is told when its turn is taken up again. */
const CONTINUE =
  "Your connection to the model broke off in the middle of your turn. It works again. Continue exactly where you were.";

export class Run {
  readonly record: RunRecord;
  readonly log: EventLog;
  readonly save: () => Promise<void>;
  readonly #surroundings: RunSurroundings;
  readonly #onPhase: (info: AgentdRun) => void;
  readonly #session: LiveSession;
  #phase: AgentdRun["phase"] = "ended";
  #working: Promise<void> | null = null;
  #stopping = new AbortController();
  #interrupted = new AbortController();

  /** Nothing is started before there is a prompt. */
  constructor({ record, log, surroundings, save, onPhase }: RunOptions) {
    this.record = record;
    this.log = log;
    this.save = save;
    this.#surroundings = surroundings;
    this.#onPhase = onPhase;
    this.#session = new LiveSession({ record, log, surroundings, save });
  }

  info(): AgentdRun {
    return {
      run: this.record.run,
      phase: this.#phase,
      session: this.record.session,
      lastSeq: this.log.lastSeq(),
    };
  }

  /** True while it has a process or is about to have one. */
  isLive(): boolean {
    return this.#working !== null || this.#session.isOpen;
  }

  /** Queues a prompt, once. `first` puts it before those that wait: it is what takes up a run that had ended. */
  async prompt(prompt: string, text: string, first: boolean, file?: string): Promise<void> {
    const { record } = this;
    if (!record.prompts.includes(prompt)) {
      const limit = LIMITS.promptsQueuedMax;
      if (record.waiting.length >= limit)
        throw new Problem("too-many", { what: "prompts waiting in this run", limit });
      record.prompts = [...record.prompts, prompt].slice(-LIMITS.promptsRememberedMax);
      const next = { prompt, text, ...(file !== undefined && { file }) };
      record.waiting.splice(first ? 0 : record.waiting.length, 0, next);
      await this.save();
    }
    this.#kick();
  }

  /** Ends the turn that is under way; the session stays. */
  async interrupt(): Promise<void> {
    this.#interrupted.abort();
    if (this.#phase === "working") await this.#session.interrupt();
  }

  /** Ends everything of this run. Resolves when nothing is left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // What has not begun may be asked for again.
    const dropped = new Set(this.record.waiting.map(({ prompt }) => prompt));
    this.record.prompts = this.record.prompts.filter((prompt) => !dropped.has(prompt));
    this.record.waiting = [];
    // Not waited for yet: on a full disk it takes as long as that stays full, and what runs is ended now.
    const saved = this.save();
    await this.#session.end();
    await this.#working;
    if (this.#session.isOpen) await this.#session.lost(null);
    await sweepRun(this.record.run, this.#surroundings.user);
    this.#enter("ended");
    await saved;
    await this.log.flush();
    this.#stopping = new AbortController();
  }

  #enter(phase: AgentdRun["phase"]): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    // What led here is on disk before anybody hears of it.
    void this.log.flush().then(() => this.#onPhase(this.info()));
  }

  #kick(): void {
    const idle = this.#working === null && this.record.waiting.length > 0;
    if (!idle || this.#stopping.signal.aborted) return;
    this.#session.busy();
    // From here on it is not over, whoever asks.
    if (!this.#session.isOpen) this.#enter("starting");
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    let gone = false;
    while (!gone && !this.#stopping.signal.aborted) {
      const next = this.record.waiting[0];
      if (next === undefined) break;
      // The event first, the queue after it: at the next start a prompt that is in the log is not waiting any more.
      this.log.append({ kind: "prompt", prompt: next.prompt, text: next.text });
      await this.log.flush();
      this.record.waiting.shift();
      await this.save();
      this.#interrupted = new AbortController();
      gone = (await this.#turnOrWhyNot(next)) === "gone";
    }
    await this.log.flush();
    this.#working = null;
    this.#enter(this.#session.isOpen ? "idle" : "ended");
    // A prompt may have come in while the last line was written.
    if (!gone) this.#kick();
    if (this.#working === null) this.#session.watchIdle(() => this.#enter("ended"));
  }

  async #turnOrWhyNot(next: RunRecord["waiting"][number]): Promise<"done" | "gone"> {
    const { prompt } = next;
    try {
      return this.record.command === undefined ? await this.#turn(next) : await this.#command(prompt);
    } catch (error) {
      // The clone or the agent could not be started: the run hears why, in the words of whoever refused.
      const message = error instanceof Error ? error.message : String(error);
      this.record.live = this.#session.isOpen;
      await this.save();
      return this.#done({ kind: "turn.failed", prompt, message });
    }
  }

  async #command(prompt: string): Promise<"done"> {
    const { record, log, save } = this;
    if (record.command === undefined) return "done";
    this.#enter("working");
    await commandTurn({
      record,
      log,
      save,
      surroundings: this.#surroundings,
      spec: record.command,
      prompt,
      interrupted: this.#interrupted.signal,
      stopping: this.#stopping.signal,
    });
    return "done";
  }

  /** What the agent is told: the file's words, as they are now, before the others. */
  async #words({ text, file }: RunRecord["waiting"][number]): Promise<string> {
    if (file === undefined) return text;
    const { user } = this.#surroundings;
    const read = await readPromptFile(this.record.folder ?? user.home, file, user);
    this.log.append({ kind: "note", text: `The prompt, from ${file}:\n\n${read}` });
    return `${read.trimEnd()}\n\n${text}`;
  }

  async #turn(next: RunRecord["waiting"][number]): Promise<"done" | "gone"> {
    const { prompt } = next;
    let text: string | null = null;
    for (let resumes = 0; ; resumes += 1) {
      if (!this.#session.isOpen) this.#enter("starting");
      const agent = await this.#session.open(this.#stopping.signal);
      text ??= await this.#words(next);
      if (agent === "forgetful") {
        this.log.append({
          kind: "note",
          text: "The agent had lost its session. It starts anew with what it was asked.",
        });
        text = await handOver(this.log, text);
      }
      this.#enter("working");
      const end = await this.#session.prompt(text);
      if (end.ok) return this.#done({ kind: "turn.ended", prompt, stopReason: end.stopReason });
      if (end.failure === "gone") {
        await this.#session.lost(this.#stopping.signal.aborted ? null : end.message);
        return "gone";
      }
      const failed = { kind: "turn.failed", prompt, message: end.message } as const;
      if (end.failure !== "connection" || resumes >= LIMITS.turnResumesMax) return this.#done(failed);
      // Invariant 10: a model stream that breaks is taken up again here.
      this.log.append({
        kind: "note",
        text: `The connection to the model broke (${end.message}). The turn goes on when the gate answers.`,
      });
      const back = await this.#waitForGate();
      if (back === "interrupted") return this.#done({ kind: "turn.ended", prompt, stopReason: "cancelled" });
      if (back === "away") return this.#done(failed);
      text = CONTINUE;
    }
  }

  #done(body: RunEventBody): "done" {
    this.log.append(body);
    return "done";
  }

  async #waitForGate(): Promise<"back" | "interrupted" | "away"> {
    const asked = AbortSignal.any([this.#interrupted.signal, this.#stopping.signal]);
    const deadline = new AbortController();
    const { clock, untilGateAnswers } = this.#surroundings;
    void clock
      .wait(LIMITS.gateWaitMsMax, AbortSignal.any([asked, deadline.signal]))
      .then(() => deadline.abort(), String);
    try {
      await untilGateAnswers(AbortSignal.any([asked, deadline.signal]));
      return "back";
    } catch {
      return asked.aborted ? "interrupted" : "away";
    } finally {
      deadline.abort();
    }
  }
}
