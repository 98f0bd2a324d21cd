/** The runner's side of runner.sock for tests: sends commands, follows events, can leave and come back. It keeps events across its absences as the database would. */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { type AgentdMessage, agentdMessage, type RunnerMessage } from "@nightgate/shared/agentd-protocol";
import type { RunEvent } from "@nightgate/shared/run-events";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import { type WebSocket, WebSocketServer } from "ws";

export type SentCommand = RunnerMessage extends infer Message
  ? Message extends { id: string }
    ? Omit<Message, "id">
    : never
  : never;

export type VerbAsk = Extract<AgentdMessage, { type: "verb" }>;

export interface RunnerSeat {
  hello(): Extract<AgentdMessage, { type: "hello" }> | null;
  /** Sends and resolves with agentd's answer. */
  send(command: SentCommand, id?: string): Promise<{ ok: boolean; error?: string | undefined }>;
  /** Events of the run, in order of arrival, exactly as they came. */
  events(run: string): RunEvent[];
  /** The last phase that was told. */
  phase(run: string): string | null;
  /** Closes the socket and the file, as a runner that was killed does. */
  leave(): Promise<void>;
  /** Answers verbs; what was asked comes in as it was sent. */
  answer: (ask: VerbAsk) => VerbOutcome;
  comeBack(): Promise<void>;
}

/** Listens on `socketPath`. */
export async function runnerSeat(socketPath: string): Promise<RunnerSeat> {
  const events = new Map<string, RunEvent[]>();
  const phases = new Map<string, string>();
  const replies = new Map<string, (reply: { ok: boolean; error?: string | undefined }) => void>();
  let hello: Extract<AgentdMessage, { type: "hello" }> | null = null;
  let socket: WebSocket | null = null;
  let close: () => Promise<void> = async () => undefined;
  let counter = 0;

  const answerVerb = (ask: VerbAsk): void => {
    const answer: RunnerMessage = { type: "verb.result", id: ask.id, outcome: seat.answer(ask) };
    socket?.send(JSON.stringify(answer));
  };
  const greet = (message: Extract<AgentdMessage, { type: "hello" }>): void => {
    hello = message;
    for (const run of message.runs) phases.set(run.run, run.phase);
    for (const { run } of message.runs)
      void seat.send({ type: "events.follow", run, after: events.get(run)?.at(-1)?.seq ?? 0 });
  };
  const take = (message: AgentdMessage): void => {
    if (message.type === "hello") greet(message);
    if (message.type === "reply") replies.get(message.id)?.(message);
    else if (message.type === "verb") answerVerb(message);
    if (message.type === "run") phases.set(message.run.run, message.run.phase);
    if (message.type === "events")
      events.set(message.run, [...(events.get(message.run) ?? []), ...message.events]);
  };
  const listen = async (): Promise<void> => {
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o755 });
    rmSync(socketPath, { force: true });
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (connected) => {
      socket = connected;
      connected.on("message", (data) =>
        take(agentdMessage.parse(JSON.parse((data as Buffer).toString("utf8")))),
      );
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    chmodSync(socketPath, 0o666);
    close = async () => {
      hello = null;
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    };
  };
  const seat: RunnerSeat = {
    hello: () => hello,
    events: (run) => events.get(run) ?? [],
    phase: (run) => phases.get(run) ?? null,
    leave: async () => await close(),
    answer: () => ({ ok: true, result: {} }),
    comeBack: listen,
    send: async (command, id = `c${(counter += 1)}-${process.pid}`) => {
      const answered = new Promise<{ ok: boolean; error?: string | undefined }>((resolve) =>
        replies.set(id, resolve),
      );
      socket?.send(JSON.stringify({ ...command, id }));
      return await answered;
    },
  };
  await listen();
  return seat;
}
