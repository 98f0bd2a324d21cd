/** The one connection to the runner: dialled, kept, and taken up again. Events are read from disk for it, so nothing is buffered while it is away. */
import type { AgentdMessage } from "@nightgate/shared/agentd-protocol";
import {
  AGENTD_MESSAGE_BYTES_MAX,
  AGENTD_PROTOCOL_VERSION,
  runnerMessage,
} from "@nightgate/shared/agentd-protocol";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import type { RunEvent } from "@nightgate/shared/run-events";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import { DRIVEN_AGENTS } from "../adapters/adapter.ts";
import { LIMITS } from "../limits.ts";
import type { EventLog } from "../runs/event-log.ts";
import type { Runs } from "../runs/runs.ts";

export interface RunnerConnectionOptions {
  socketPath: string;
  version: string;
  boot: string;
  runs: Runs;
  log: Logger;
  clock?: Clock;
}

export interface RunnerConnection {
  isConnected(): boolean;
  stop(): Promise<void>;
}

/** Starts to dial and never gives up. */
export function connectToRunner(options: RunnerConnectionOptions): RunnerConnection {
  const stopping = new AbortController();
  const state = { connected: false };
  const done = keepConnected(options, state, stopping.signal);
  return {
    isConnected: () => state.connected,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function keepConnected(
  options: RunnerConnectionOptions,
  state: { connected: boolean },
  signal: AbortSignal,
): Promise<void> {
  const clock = options.clock ?? systemClock;
  let pauseMs: number = LIMITS.retryMsMin;
  while (!signal.aborted) {
    const opened = await once(options, state, signal);
    pauseMs = opened ? LIMITS.retryMsMin : Math.min(pauseMs * 2, LIMITS.retryMsMax);
    // Being told to stop ends the pause early.
    if (!signal.aborted) await clock.wait(pauseMs, signal).catch(String);
  }
}

function once(
  options: RunnerConnectionOptions,
  state: { connected: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const { socketPath, runs, log } = options;
  const socket = new WebSocket(`ws+unix://${socketPath}:/`, {
    maxPayload: AGENTD_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: LIMITS.relayDialMsMax,
  });
  const followers = new Map<string, () => void>();
  const send = (message: AgentdMessage): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
    });
  const tell = (message: AgentdMessage): void => void send(message).catch(() => socket.terminate());
  const stopPhases = runs.onPhase((run) => {
    if (socket.readyState === WebSocket.OPEN) tell({ type: "run", run });
  });
  const follow = (run: string, after: number): boolean => {
    const found = runs.find(run);
    if (found === null) return false;
    followers.get(run)?.();
    followers.set(
      run,
      followLog(found.log, after, async (events) => await send({ type: "events", run, events })),
    );
    return true;
  };
  const hear = async (text: string): Promise<void> => {
    const parsed = runnerMessage.safeParse(JSON.parse(text));
    if (!parsed.success)
      return log.warn(
        { issues: parsed.error.issues },
        "The runner said something that this version does not understand.",
      );
    const message = parsed.data;
    if (message.type === "events.ack") return runs.acked(message.run, message.seq);
    if (message.type === "events.follow") {
      const ok = follow(message.run, message.after);
      return tell({
        type: "reply",
        id: message.id,
        ok,
        ...(!ok && { error: `This workstation knows no run ${message.run}.` }),
      });
    }
    const { ok, error } = await runs.command(message);
    tell({ type: "reply", id: message.id, ok, ...(error !== undefined && { error: error.slice(0, 4000) }) });
  };
  return new Promise((resolve) => {
    let opened = false;
    const abort = (): void => socket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    socket.on("open", () => {
      opened = true;
      state.connected = true;
      tell({
        type: "hello",
        protocol: AGENTD_PROTOCOL_VERSION,
        version: options.version,
        boot: options.boot,
        agents: [...DRIVEN_AGENTS],
        runs: runs.list(),
      });
    });
    socket.on(
      "message",
      (data) =>
        void hear((data as Buffer).toString("utf8")).catch((error: unknown) =>
          log.error({ error }, "A message of the runner failed."),
        ),
    );
    socket.on("error", (error) => log.debug({ error }, "The runner's socket does not answer."));
    socket.on("close", () => {
      state.connected = false;
      signal.removeEventListener("abort", abort);
      stopPhases();
      for (const stop of followers.values()) stop();
      resolve(opened);
    });
  });
}

/** Sends what is on disk after `after`, then what comes. One batch at a time: a slow runner slows the reading, not the agent. Returns how to stop. */
function followLog(log: EventLog, after: number, send: (events: RunEvent[]) => Promise<void>): () => void {
  const state = { stopped: false, busy: false, again: false };
  const reader = log.reader(after);
  const pump = async (): Promise<void> => {
    state.again = true;
    if (state.busy) return;
    state.busy = true;
    while (state.again && !state.stopped) {
      state.again = false;
      for (
        let events = await reader.next();
        events.length > 0 && !state.stopped;
        events = await reader.next()
      )
        await send(events);
    }
    state.busy = false;
  };
  const stop = (): void => {
    state.stopped = true;
    unlisten();
  };
  const kick = (): void => void pump().catch(stop);
  const unlisten = log.onDurable(kick);
  kick();
  return stop;
}
