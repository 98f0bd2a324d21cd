/**
 * One run on this workstation: its queue of prompts, its agent's session, its events. Whatever happens to the processes outside,
 * it goes on; whatever happens to this one, the log and the record say where it was.
 */
import type { AgentdRun, AgentName } from "@nightgate/shared/agentd-protocol";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { adapterOf } from "../adapters/adapter.ts";
import { LIMITS } from "../limits.ts";
import { type AgentSession, startAgentSession } from "./agent-session.ts";
import { ensureClone, type Repository } from "./clone.ts";
import type { EventLog } from "./event-log.ts";
import { type AgentUser, sweepRun } from "./processes.ts";
import type { RunRecord } from "./run-record.ts";
import { sessionUpdates } from "./session-updates.ts";

export interface RunSurroundings {
  user: AgentUser;
  clock: Clock;
  /** The variables that every agent and shell of this workstation has. */
  environment(): Record<string, string>;
  /** Resolves when the gate answers; rejects when the signal aborts. */
  untilGateAnswers(signal: AbortSignal): Promise<void>;
}

export interface Run {
  log: EventLog;
  info(): AgentdRun;
  /** True while it has a process or is about to have one. */
  isLive(): boolean;
  /** Queues a prompt. `first` puts it before those that wait: it is what takes up a run that had ended. */
  prompt(prompt: string, text: string, first: boolean): Promise<void>;
  interrupt(): Promise<void>;
  /** Ends everything of this run. Resolves when nothing is left. */
  stop(): Promise<void>;
  record: RunRecord;
  /** Writes the record to disk. */
  save(): Promise<void>;
}

export interface RunOptions {
  record: RunRecord;
  log: EventLog;
  surroundings: RunSurroundings;
  save: (record: RunRecord) => Promise<void>;
  onPhase: (info: AgentdRun) => void;
}

/** What an agent is told when its turn is taken up again. */
const CONTINUE =
  "Your connection to the model broke off in the middle of your turn. It works again. Continue exactly where you were.";

/** Takes care of one run. Nothing is started before there is a prompt. */
export function createRun({ record, log, surroundings, save, onPhase }: RunOptions): Run {
  const { clock, user } = surroundings;
  const updates = sessionUpdates((body) => log.append(body));
  let phase: AgentdRun["phase"] = "ended";
  let session: AgentSession | null = null;
  let working: Promise<void> | null = null;
  let stopping = new AbortController();
  let interrupted = new AbortController();
  let idling = new AbortController();

  const info = (): AgentdRun => ({ run: record.run, phase, session: record.session, lastSeq: log.lastSeq() });
  const enter = (next: AgentdRun["phase"]): void => {
    if (next === phase) return;
    phase = next;
    // What led here is on disk before anybody hears of it.
    void log.flush().then(() => onPhase(info()));
  };

  const lost = async (error: string | null): Promise<void> => {
    session = null;
    updates.flush();
    log.append({ kind: "session.ended", error });
    record.live = false;
    await log.flush();
    await save(record);
  };

  const openSession = async (): Promise<AgentSession> => {
    enter("starting");
    record.live = true;
    await save(record);
    record.folder = await workFolder(record, surroundings, log, stopping.signal);
    const opened = await startAgentSession({
      adapter: adapterFor(record.agent),
      user,
      cwd: record.folder,
      env: runEnvironment(record, surroundings),
      session: record.session,
      clock,
      onUpdate: (update) => updates.take(update),
    });
    record.session = opened.id;
    await save(record);
    log.append({ kind: "session.started", agent: record.agent, session: opened.id, resumed: opened.resumed });
    session = opened;
    return opened;
  };

  const turn = async (prompt: string, words: string): Promise<"done" | "gone"> => {
    let text = words;
    for (let resumes = 0; ; resumes += 1) {
      const current = session ?? (await openSession());
      if (stopping.signal.aborted) {
        await current.end();
        await lost(null);
        return "gone";
      }
      enter("working");
      const end = await current.prompt(text);
      updates.flush();
      if (end.ok) return done({ kind: "turn.ended", prompt, stopReason: end.stopReason });
      if (end.failure === "gone") {
        await lost(stopping.signal.aborted ? null : end.message);
        return "gone";
      }
      if (end.failure !== "connection" || resumes >= LIMITS.turnResumesMax)
        return done({ kind: "turn.failed", prompt, message: end.message });
      // Invariant 10: a model stream that breaks is taken up again here.
      log.append({
        kind: "note",
        text: `The connection to the model broke (${end.message}). The turn goes on when the gate answers.`,
      });
      const back = await waitForGate();
      if (back === "interrupted") return done({ kind: "turn.ended", prompt, stopReason: "cancelled" });
      if (back === "away") return done({ kind: "turn.failed", prompt, message: end.message });
      text = CONTINUE;
    }
  };
  const done = (body: Parameters<EventLog["append"]>[0]): "done" => {
    log.append(body);
    return "done";
  };

  const waitForGate = async (): Promise<"back" | "interrupted" | "away"> => {
    const signal = AbortSignal.any([
      interrupted.signal,
      stopping.signal,
      AbortSignal.timeout(LIMITS.gateWaitMsMax),
    ]);
    try {
      await surroundings.untilGateAnswers(signal);
      return "back";
    } catch {
      return interrupted.signal.aborted || stopping.signal.aborted ? "interrupted" : "away";
    }
  };

  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const next = record.waiting[0];
      if (next === undefined) break;
      log.append({ kind: "prompt", ...next });
      await log.flush();
      record.waiting.shift();
      await save(record);
      interrupted = new AbortController();
      try {
        if ((await turn(next.prompt, next.text)) === "gone") break;
      } catch (error) {
        // The clone or the agent could not be started: the run hears why, in the words of whoever refused.
        log.append({
          kind: "turn.failed",
          prompt: next.prompt,
          message: error instanceof Error ? error.message : String(error),
        });
        record.live = session !== null;
        await save(record);
      }
    }
  };

  const park = async (): Promise<void> => {
    idling = new AbortController();
    const { signal } = idling;
    await clock.wait(LIMITS.idleMsMax, signal).catch(String);
    if (signal.aborted || session === null) return;
    idling.abort();
    await session.end();
    await lost(null);
    enter("ended");
  };

  const kick = (): void => {
    if (working !== null || stopping.signal.aborted) return;
    idling.abort();
    working = work().finally(async () => {
      await log.flush();
      working = null;
      if (record.waiting.length > 0 && session !== null && !stopping.signal.aborted) return kick();
      enter(session === null ? "ended" : "idle");
      if (session !== null) watchIdle(session);
    });
  };

  /** A process may also die between turns. */
  const watchIdle = (idle: AgentSession): void => {
    void park();
    void idle.gone.then(async (why) => {
      if (session !== idle || working !== null || stopping.signal.aborted || idling.signal.aborted) return;
      idling.abort();
      await lost(why);
      enter("ended");
    });
  };

  return {
    log,
    record,
    save: async () => await save(record),
    info,
    isLive: () => working !== null || session !== null,
    prompt: async (prompt, text, first) => {
      if (record.prompts.includes(prompt)) return kick();
      if (record.waiting.length >= LIMITS.promptsQueuedMax)
        throw new Problem("too-many", {
          what: "prompts waiting in this run",
          limit: LIMITS.promptsQueuedMax,
        });
      record.prompts = [...record.prompts, prompt].slice(-LIMITS.promptsRememberedMax);
      record.waiting.splice(first ? 0 : record.waiting.length, 0, { prompt, text });
      await save(record);
      kick();
    },
    interrupt: async () => {
      interrupted.abort();
      if (phase === "working") await session?.interrupt();
    },
    stop: async () => {
      stopping.abort();
      idling.abort();
      record.waiting = [];
      await save(record);
      await session?.end();
      await working;
      if (session !== null) await lost(null);
      await sweepRun(record.run, user);
      enter("ended");
      await log.flush();
      stopping = new AbortController();
    },
  };
}

function adapterFor(agent: AgentName): NonNullable<ReturnType<typeof adapterOf>> {
  const adapter = adapterOf(agent);
  if (adapter === null) throw new Problem("agent.not-here", { agent });
  return adapter;
}

async function workFolder(
  record: RunRecord,
  { user, environment }: RunSurroundings,
  log: EventLog,
  signal: AbortSignal,
): Promise<string> {
  if (record.repository === null) return user.home;
  const repository: Repository = record.repository;
  return await ensureClone(repository, {
    user,
    env: { ...environment(), ...gitHints(record.run) },
    signal,
    onProgress: (text) => log.append({ kind: "note", text }),
  });
}

function runEnvironment(record: RunRecord, { environment }: RunSurroundings): Record<string, string> {
  return {
    ...environment(),
    ...adapterFor(record.agent).environment({ run: record.run }),
    ...gitHints(record.run),
    NIGHTGATE_RUN: record.run,
  };
}

/** The run as a hint on git's requests to the gate. A hint and never an identity: whoever is inside may say anything. */
function gitHints(run: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.http://gate.nightgate/.extraHeader",
    GIT_CONFIG_VALUE_0: `Nightgate-Run: ${run}`,
  };
}
