/** One connection from a workstation's agentd. Commands out with their replies, messages in, one at a time, with backpressure. */
import {
  AGENTD_MESSAGE_BYTES_MAX,
  type AgentdMessage,
  agentdMessage,
  type AgentdRun,
  type RunnerMessage,
} from "@nightgate/shared/agentd-protocol";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { WebSocket } from "ws";
import { LIMITS } from "../limits.ts";

export type Command = Exclude<RunnerMessage, { type: "events.ack" | "verb.result" }>;
export type Hello = Extract<AgentdMessage, { type: "hello" }>;
export type VerbAsk = Extract<AgentdMessage, { type: "verb" }>;
type Reply = Extract<AgentdMessage, { type: "reply" }>;

export interface WorkstationIdentity {
  organization: string;
  workstation: string;
}

export interface LinkHandlers {
  onHello(link: AgentdLink, hello: Hello): Promise<void>;
  onEvents(link: AgentdLink, message: Extract<AgentdMessage, { type: "events" }>): Promise<void>;
  onRun(link: AgentdLink, run: AgentdRun): void;
  /** Somebody inside asks for something. Answered by `tell`, perhaps much later. */
  onVerb(link: AgentdLink, ask: VerbAsk): void;
  onClosed(link: AgentdLink): void;
  /** A message that is not in the contract, or one that could not be handled. The connection is closed; agentd comes back. */
  onFault(link: AgentdLink, error: unknown): void;
}

/** For the WebSocket server. */
export const LINK_PAYLOAD_BYTES_MAX = AGENTD_MESSAGE_BYTES_MAX;

export class AgentdLink {
  readonly organization: string;
  readonly workstation: string;
  readonly #socket: WebSocket;
  readonly #handlers: LinkHandlers;
  readonly #clock: Clock;
  readonly #runs = new Map<string, AgentdRun>();
  readonly #replies = new Map<string, (reply: Reply) => void>();
  readonly #closed = new AbortController();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Speaks with the agentd behind `socket`, which came in on the socket of `who` and on no other. */
  constructor(
    socket: WebSocket,
    who: WorkstationIdentity,
    handlers: LinkHandlers,
    clock: Clock = systemClock,
  ) {
    this.organization = who.organization;
    this.workstation = who.workstation;
    this.#socket = socket;
    this.#handlers = handlers;
    this.#clock = clock;
    socket.on("message", (data) => this.#hear(data as Buffer));
    socket.on("error", (error) => this.#fault(error));
    socket.on("close", () => {
      this.#closed.abort();
      handlers.onClosed(this);
    });
  }

  /** What agentd says of a run; null for one that it does not know. */
  run(run: string): AgentdRun | null {
    return this.#runs.get(run) ?? null;
  }

  isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  close(): void {
    this.#socket.terminate();
  }

  ack(run: string, seq: number): void {
    this.tell({ type: "events.ack", run, seq });
  }

  /** Says what needs no answer. Where nobody listens any more it is not said: agentd asks again when it comes back. */
  tell(message: Extract<RunnerMessage, { type: "events.ack" | "verb.result" }>): void {
    if (this.isOpen()) this.#socket.send(JSON.stringify(message));
  }

  /** Sends a command and resolves when agentd has done it. Problem `agentd.refused` with its words, `workstation.away` when no answer comes. */
  async send(command: Command): Promise<void> {
    if (!this.isOpen()) throw this.#away();
    const limit = LIMITS.repliesWaitingMax;
    if (this.#replies.size >= limit) throw new Problem("too-many", { what: "commands waiting", limit });
    // From here on it may be at work, whatever it said before.
    if (command.type === "run.start" || command.type === "run.prompt") this.#awake(command.run);
    const reply = await this.#ask(command);
    if (!reply.ok)
      throw new Problem("agentd.refused", { why: reply.error ?? "agentd refused without a reason" });
  }

  async #ask(command: Command): Promise<Reply> {
    const answered = new AbortController();
    const giveUp = AbortSignal.any([answered.signal, this.#closed.signal]);
    try {
      return await new Promise<Reply>((resolve, reject) => {
        const away = (): void => reject(this.#away());
        this.#replies.set(command.id, resolve);
        // Either way nobody will answer any more: the time is over, or the connection is.
        void this.#clock.wait(LIMITS.replyMsMax, giveUp).then(away, away);
        this.#socket.send(JSON.stringify(command), (error) => {
          if (error) away();
        });
      });
    } finally {
      answered.abort();
      this.#replies.delete(command.id);
    }
  }

  #awake(run: string): void {
    const known = this.#runs.get(run);
    if (known === undefined) this.#runs.set(run, { run, phase: "starting", session: null, lastSeq: 0 });
    else if (known.phase === "ended") this.#runs.set(run, { ...known, phase: "starting" });
  }

  #hear(data: Buffer): void {
    const message = parseMessage(data);
    if (message === null)
      return this.#fault(new Problem("input.invalid", { why: "a message of agentd is not in the contract" }));
    // Replies overtake what is being stored: what is being stored may wait for one.
    if (message.type === "reply") return this.#replies.get(message.id)?.(message);
    // A verb may wait for a minute, and what is being stored waits for nobody.
    if (message.type === "verb") return this.#handlers.onVerb(this, message);
    this.#waiting += 1;
    if (this.#waiting >= LIMITS.messagesWaitingMax) this.#socket.pause();
    this.#tail = this.#tail.then(async () => await this.#takeInTurn(message));
  }

  async #takeInTurn(message: Exclude<AgentdMessage, Reply | VerbAsk>): Promise<void> {
    try {
      if (this.isOpen()) await this.#take(message);
    } catch (error) {
      this.#fault(error);
    }
    this.#waiting -= 1;
    if (this.#waiting < LIMITS.messagesWaitingMax / 2 && this.#socket.isPaused) this.#socket.resume();
  }

  async #take(message: Exclude<AgentdMessage, Reply | VerbAsk>): Promise<void> {
    switch (message.type) {
      case "hello":
        for (const run of message.runs) this.#runs.set(run.run, run);
        return await this.#handlers.onHello(this, message);
      case "run":
        this.#runs.set(message.run.run, message.run);
        return this.#handlers.onRun(this, message.run);
      case "events":
        return await this.#handlers.onEvents(this, message);
    }
  }

  #fault(error: unknown): void {
    if (!this.isOpen()) return;
    this.#handlers.onFault(this, error);
    this.#socket.terminate();
  }

  #away(): Problem {
    return new Problem("workstation.away", { workstation: this.workstation });
  }
}

function parseMessage(data: Buffer): AgentdMessage | null {
  try {
    return agentdMessage.parse(JSON.parse(data.toString("utf8")));
  } catch {
    return null;
  }
}
