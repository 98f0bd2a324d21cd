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
import { DRIVEN_AGENTS } from "../adapters/table.ts";
import { LIMITS } from "../limits.ts";
import type { VerbCalls } from "../local/verb-calls.ts";
import type { EventLog } from "../runs/event-log.ts";
import type { Runs } from "../runs/runs.ts";

export interface RunnerConnectionOptions {
  socketPath: string;
  version: string;
  boot: string;
  runs: Runs;
  verbs: Pick<VerbCalls, "attach" | "detach" | "settled">;
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

/** One connection, from dialling to its end. Answers whether it ever opened. */
function once(
  options: RunnerConnectionOptions,
  state: { connected: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const { socketPath, log } = options;
  const socket = new WebSocket(`ws+unix://${socketPath}:/`, {
    maxPayload: AGENTD_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: LIMITS.relayDialMsMax,
  });
  const talk = new Conversation(socket, options);
  return new Promise((resolve) => {
    let opened = false;
    const abort = (): void => socket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    socket.on("open", () => {
      opened = true;
      state.connected = true;
      talk.begin();
    });
    socket.on(
      "message",
      (data) =>
        void talk
          .hear((data as Buffer).toString("utf8"))
          .catch((error: unknown) => log.error({ err: error }, "A message of the runner failed.")),
    );
    socket.on("error", (error) => log.debug({ err: error }, "The runner's socket does not answer."));
    socket.on("close", () => {
      state.connected = false;
      signal.removeEventListener("abort", abort);
      talk.end();
      resolve(opened);
    });
  });
}

/** What is said on one connection. */
class Conversation {
  readonly #socket: WebSocket;
  readonly #options: RunnerConnectionOptions;
  readonly #followers = new Map<string, () => void>();
  readonly #stopPhases: () => void;
  readonly #askVerb = (message: Extract<AgentdMessage, { type: "verb" }>): void => this.#tell(message);

  constructor(socket: WebSocket, options: RunnerConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#stopPhases = options.runs.onPhase((run) => this.#tell({ type: "run", run }));
  }

  begin(): void {
    const { version, boot, runs } = this.#options;
    this.#tell({
      type: "hello",
      protocol: AGENTD_PROTOCOL_VERSION,
      version,
      boot,
      agents: [...DRIVEN_AGENTS],
      runs: runs.list(),
    });
    this.#options.verbs.attach(this.#askVerb);
  }

  end(): void {
    this.#stopPhases();
    this.#options.verbs.detach(this.#askVerb);
    for (const stop of this.#followers.values()) stop();
  }

  async hear(text: string): Promise<void> {
    const { runs, log } = this.#options;
    const parsed = runnerMessage.safeParse(JSON.parse(text));
    if (!parsed.success)
      return log.warn(
        { issues: parsed.error.issues },
        "The runner said something that this version does not understand.",
      );
    const message = parsed.data;
    if (message.type === "events.ack") return runs.acked(message.run, message.seq);
    if (message.type === "verb.result") return this.#options.verbs.settled(message.id, message.outcome);
    const { ok, error } =
      message.type === "events.follow"
        ? this.#follow(message.run, message.after)
        : await runs.command(message);
    this.#tell({
      type: "reply",
      id: message.id,
      ok,
      ...(error !== undefined && { error: error.slice(0, LIMITS.replyCharactersMax) }),
    });
  }

  #follow(run: string, after: number): { ok: boolean; error?: string } {
    const found = this.#options.runs.find(run);
    if (found === null) return { ok: false, error: `This workstation knows no run ${run}.` };
    this.#followers.get(run)?.();
    this.#followers.set(
      run,
      followLog(found.log, after, async (events) => await this.#send({ type: "events", run, events })),
    );
    return { ok: true };
  }

  #tell(message: AgentdMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    void this.#send(message).catch(() => this.#socket.terminate());
  }

  async #send(message: AgentdMessage): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
    });
  }
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
