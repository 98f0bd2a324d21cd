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

export type Command = Exclude<RunnerMessage, { type: "events.ack" }>;
export type Hello = Extract<AgentdMessage, { type: "hello" }>;

export interface WorkstationIdentity {
  organization: string;
  workstation: string;
}

export interface AgentdLink extends WorkstationIdentity {
  /** What agentd says of a run; null for one that it does not know. */
  run(run: string): AgentdRun | null;
  runs(): AgentdRun[];
  /** Sends a command and resolves when agentd has done it. Problem `agentd.refused` with its words, `workstation.away` when the connection is gone. */
  send(command: Command): Promise<void>;
  ack(run: string, seq: number): void;
  isOpen(): boolean;
  close(): void;
}

export interface LinkHandlers {
  onHello(link: AgentdLink, hello: Hello): Promise<void>;
  onEvents(link: AgentdLink, message: Extract<AgentdMessage, { type: "events" }>): Promise<void>;
  onRun(link: AgentdLink, run: AgentdRun): void;
  onClosed(link: AgentdLink): void;
  /** A message that is not in the contract, or one that could not be handled. The connection is closed; agentd comes back. */
  onFault(link: AgentdLink, error: unknown): void;
}

/** Speaks with the agentd behind `socket`, which came in on the socket of `who` and on no other. */
export function createAgentdLink(
  socket: WebSocket,
  who: WorkstationIdentity,
  handlers: LinkHandlers,
  clock: Clock = systemClock,
): AgentdLink {
  const runs = new Map<string, AgentdRun>();
  const replies = new Map<string, { resolve: () => void; reject: (problem: Problem) => void }>();
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;

  const link: AgentdLink = {
    ...who,
    run: (run) => runs.get(run) ?? null,
    runs: () => [...runs.values()],
    isOpen: () => socket.readyState === socket.OPEN,
    close: () => socket.terminate(),
    ack: (run, seq) => {
      if (socket.readyState === socket.OPEN)
        socket.send(JSON.stringify({ type: "events.ack", run, seq } satisfies RunnerMessage));
    },
    send: async (command) => {
      if (socket.readyState !== socket.OPEN)
        throw new Problem("workstation.away", { workstation: who.workstation });
      if (replies.size >= LIMITS.repliesWaitingMax)
        throw new Problem("too-many", { what: "commands waiting", limit: LIMITS.repliesWaitingMax });
      // From here on it may be at work, whatever it said before.
      if (command.type === "run.start" || command.type === "run.prompt") awake(command.run);
      await expectReply(command);
    },
  };

  const awake = (run: string): void => {
    const known = runs.get(run) ?? { run, phase: "starting", session: null, lastSeq: 0 };
    runs.set(run, { ...known, phase: known.phase === "ended" ? "starting" : known.phase });
  };
  const expectReply = async (command: Command): Promise<void> => {
    const timer = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        replies.set(command.id, { resolve, reject });
        const away = (): void => reject(new Problem("workstation.away", { workstation: who.workstation }));
        socket.send(JSON.stringify(command), (error) => error && away());
        void clock.wait(LIMITS.replyMsMax, timer.signal).then(away, String);
      });
    } finally {
      timer.abort();
      replies.delete(command.id);
    }
  };

  const take = async (message: AgentdMessage): Promise<void> => {
    switch (message.type) {
      case "hello":
        for (const run of message.runs) runs.set(run.run, run);
        return await handlers.onHello(link, message);
      case "reply": {
        const waitingReply = replies.get(message.id);
        if (message.ok) waitingReply?.resolve();
        else
          waitingReply?.reject(
            new Problem("agentd.refused", { why: message.error ?? "agentd refused without a reason" }),
          );
        return;
      }
      case "run":
        runs.set(message.run.run, message.run);
        return handlers.onRun(link, message.run);
      case "events":
        return await handlers.onEvents(link, message);
    }
  };

  socket.on("message", (data) => {
    const parsed = parseMessage(data as Buffer);
    if (parsed === null)
      return fault(new Problem("input.invalid", { why: "a message of agentd is not in the contract" }));
    // Replies overtake what is being stored: what is being stored may wait for one.
    if (parsed.type === "reply") return void take(parsed);
    waiting += 1;
    if (waiting >= LIMITS.messagesWaitingMax) socket.pause();
    tail = tail
      .then(async () => {
        if (link.isOpen()) await take(parsed);
      })
      .catch(fault)
      .finally(() => {
        waiting -= 1;
        if (waiting < LIMITS.messagesWaitingMax / 2 && socket.isPaused) socket.resume();
      });
  });
  const fault = (error: unknown): void => {
    if (!link.isOpen()) return;
    handlers.onFault(link, error);
    socket.terminate();
  };
  socket.on("error", (error) => fault(error));
  socket.on("close", () => {
    for (const { reject } of replies.values())
      reject(new Problem("workstation.away", { workstation: who.workstation }));
    handlers.onClosed(link);
  });
  return link;
}

/** For the WebSocket server. */
export const LINK_PAYLOAD_BYTES_MAX = AGENTD_MESSAGE_BYTES_MAX;

function parseMessage(data: Buffer): AgentdMessage | null {
  try {
    return agentdMessage.parse(JSON.parse(data.toString("utf8")));
  } catch {
    return null;
  }
}
