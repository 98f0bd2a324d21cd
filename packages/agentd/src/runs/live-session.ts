/** The agent of one run while it lives: opened when it is needed, put away when it has been idle for long, mourned when it dies. Writes what happens to it into the run's log. */
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { AgentAdapter } from "../adapters/adapter.ts";
import { LIMITS } from "../limits.ts";
import { type AgentSession, startAgentSession, type TurnEnd } from "./agent-session.ts";
import { ensureClone } from "./clone.ts";
import type { EventLog } from "./event-log.ts";
import { ownTools } from "./own-tools.ts";
import type { AgentUser } from "./processes.ts";
import { runHints } from "./run-hints.ts";
import type { RunRecord } from "./run-record.ts";
import { type SessionUpdates, sessionUpdates } from "./session-updates.ts";

export interface RunSurroundings {
  user: AgentUser;
  clock: Clock;
  /** The variables that every agent and shell of this workstation has. */
  environment(): Record<string, string>;
  /** Asks the gate how things are now, so that what a person has just allowed counts; keeps what is known if it does not answer. */
  refresh(): Promise<boolean>;
  /** Resolves when the gate answers; rejects when the signal aborts. */
  untilGateAnswers(signal: AbortSignal): Promise<void>;
  /** The status with which the model's provider refuses this run, if it stands before a refusal; null otherwise, and where the gate does not answer. */
  refusalOf(run: string): Promise<number | null>;
  /** How an agent is driven; null for one that cannot be. */
  adapterOf(agent: string): AgentAdapter | null;
}

export interface LiveSessionOptions {
  record: RunRecord;
  log: EventLog;
  surroundings: RunSurroundings;
  save: () => Promise<void>;
}

export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #updates: SessionUpdates;
  #session: AgentSession | null = null;
  #idling = new AbortController();

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#updates = sessionUpdates((body) => options.log.append(body));
  }

  get isOpen(): boolean {
    return this.#session !== null;
  }

  /**
   * Starts the agent if it is not there, cloning its repository before. Throws the Problem of whatever could not be done.
   * `forgetful` is an agent that was to go on with its session and no longer has it.
   */
  async open(signal: AbortSignal): Promise<"ready" | "forgetful"> {
    if (this.#session !== null) return "ready";
    const { record, log, surroundings, save } = this.#options;
    const adapter = surroundings.adapterOf(record.agent);
    if (adapter === null) throw new Problem("agent.not-here", { agent: record.agent });
    record.live = true;
    await save();
    await surroundings.refresh();
    const environment = surroundings.environment();
    const hints: Record<string, string> = { ...environment, ...runHints(record.run, environment) };
    if (!adapter.modelVariables.some((name) => hints[name] !== undefined))
      throw new Problem("agent.no-model", { agent: record.agent });
    record.folder = await this.#folder(hints, signal);
    const before = record.session;
    const session = await startAgentSession({
      adapter,
      user: surroundings.user,
      cwd: record.folder,
      env: { ...hints, ...adapter.environment({ run: record.run }) },
      session: record.session,
      clock: surroundings.clock,
      tools: ownTools(record.run, hints["PATH"] ?? ""),
      signal,
      onUpdate: (update) => this.#updates.take(update),
    });
    record.session = session.id;
    await save();
    log.append({
      kind: "session.started",
      agent: record.agent,
      session: session.id,
      resumed: session.resumed,
    });
    this.#session = session;
    return before !== null && !session.resumed ? "forgetful" : "ready";
  }

  /** One turn. An agent that is not there has gone. */
  async prompt(text: string): Promise<TurnEnd> {
    const session = this.#session;
    const end: TurnEnd =
      session === null
        ? { ok: false, failure: "gone", message: "The agent is not there." }
        : await this.#promptUntilRefused(session, text);
    this.#updates.flush();
    return end;
  }

  /** An agent that repeats refused calls without end is interrupted; who refused is the answer then. */
  async #promptUntilRefused(session: AgentSession, text: string): Promise<TurnEnd> {
    const { record, surroundings } = this.#options;
    const turn = session.prompt(text);
    if (surroundings.adapterOf(record.agent)?.repeatsRefused !== true) return await turn;
    const over = new AbortController();
    const refused = watchRefusal(record.run, surroundings, over.signal);
    const first = await Promise.race([turn, refused]);
    over.abort();
    if (typeof first !== "number") return first;
    await session.interrupt();
    const ended = await Promise.race([turn, surroundings.clock.wait(LIMITS.stopGraceMs).then(() => null)]);
    if (ended === null) await session.end();
    if (ended?.ok === false && ended.failure === "gone") return ended;
    return { ok: false, failure: "other", message: `The model's provider refused the call (${first}).` };
  }

  async interrupt(): Promise<void> {
    await this.#session?.interrupt();
  }

  /** Ends the process and its group. What the end means is written by `lost`. */
  async end(): Promise<void> {
    this.#idling.abort();
    await this.#session?.end();
  }

  /** Writes that the session is over; `error` says why if nobody asked for it. */
  async lost(error: string | null): Promise<void> {
    const { record, log, save } = this.#options;
    this.#session = null;
    this.#updates.flush();
    log.append({ kind: "session.ended", error });
    record.live = false;
    await log.flush();
    await save();
  }

  /** Between turns: waits until the agent was idle for too long, or died. Calls `onGone` then, unless `busy` was called before. */
  watchIdle(onGone: () => void): void {
    const session = this.#session;
    if (session === null) return;
    this.#idling = new AbortController();
    const { signal } = this.#idling;
    const over = async (error: string | null): Promise<void> => {
      if (signal.aborted) return;
      this.#idling.abort();
      await session.end();
      await this.lost(error);
      onGone();
    };
    void this.#options.surroundings.clock
      .wait(LIMITS.idleMsMax, signal)
      .then(async () => await over(null), String);
    void session.gone.then(over);
  }

  /** There is work again. */
  busy(): void {
    this.#idling.abort();
  }

  async #folder(env: Record<string, string>, signal: AbortSignal): Promise<string> {
    const { record, log, surroundings } = this.#options;
    if (record.repository === null) return surroundings.user.home;
    return await ensureClone(record.repository, {
      user: surroundings.user,
      env,
      signal,
      onProgress: (text) => log.append({ kind: "note", text }),
    });
  }
}

/** Resolves with the status of a refusal that nothing has followed; never, if the signal aborts before. */
async function watchRefusal(
  run: string,
  { clock, refusalOf }: RunSurroundings,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    await clock
      .wait(LIMITS.refusalPollMs, signal)
      .catch(async () => await new Promise<never>(() => undefined));
    const status = await refusalOf(run);
    if (status !== null && !signal.aborted) return status;
  }
}
