/** One agent process and its one session, over the Agent Client Protocol: started, prompted, interrupted, ended. Permission requests are allowed at once: the box is the agent's. */
import type { ChildProcess } from "node:child_process";
import { Readable, Writable } from "node:stream";
import {
  client,
  type ClientConnection,
  type McpServerStdio,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from "@agentclientprotocol/sdk";
import { type Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { AgentAdapter, TurnFailure } from "../adapters/adapter.ts";
import { LIMITS } from "../limits.ts";
import { type AgentUser, endGroup, startAsAgent, whenEnded } from "./processes.ts";

export type TurnEnd =
  | { ok: true; stopReason: string }
  | { ok: false; failure: TurnFailure | "gone"; message: string };

export interface AgentSession {
  /** The agent's own id of the session. */
  id: string;
  /** False too where a session was to be resumed that the agent no longer has: it then knows nothing of what was. */
  resumed: boolean;
  /** Runs one turn. Never throws: how it ended is the answer. */
  prompt(text: string): Promise<TurnEnd>;
  /** Ends the turn, keeps the session. */
  interrupt(): Promise<void>;
  /** Ends the process and its group. */
  end(): Promise<void>;
  /** Resolves with one sentence when the process has gone. */
  gone: Promise<string>;
}

export interface SessionOptions {
  adapter: AgentAdapter;
  user: AgentUser;
  cwd: string;
  env: Record<string, string>;
  /** Resume this session; null starts a fresh one. */
  session: string | null;
  clock: Clock;
  /** Servers of the Model Context Protocol that it has from the start. */
  tools: readonly McpServerStdio[];
  /** Gives up starting when it aborts. */
  signal: AbortSignal;
  onUpdate: (update: SessionUpdate) => void;
}

/** The error code with which ACP says that it does not know a session. */
const RESOURCE_NOT_FOUND = -32_002;

/** Starts the agent and its session; a session that the agent no longer has is started anew (`resumed` is false then). Problem `agent.start-failed` with the agent's own words if that does not work; nothing is left behind then. */
export async function startAgentSession(options: SessionOptions): Promise<AgentSession> {
  const [command, ...args] = options.adapter.command;
  const child = startAsAgent(command, args, {
    user: options.user,
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const words = lastWords(child);
  const gone = whenEnded(child).then(({ status, signal, error }) => {
    if (error) return `The agent could not be started: ${error.message}`;
    return `The agent's process ended (${signal ?? `status ${String(status)}`}).${words()}`;
  });
  const fault = (why: string, cause?: unknown): Problem =>
    new Problem("agent.start-failed", { agent: options.adapter.name, why }, { cause });
  const deadline = new AbortController();
  const over = AbortSignal.any([options.signal, deadline.signal]);
  try {
    const connection = connect(child, options.onUpdate);
    const opened = await Promise.race([
      open(connection, options),
      gone.then((why) => Promise.reject(fault(why))),
      options.clock.wait(LIMITS.agentStartMsMax, over).then(
        () => Promise.reject(fault("it did not answer in time")),
        () => Promise.reject(fault("it was stopped")),
      ),
    ]);
    return agentSession(child, connection, opened, gone, options);
  } catch (error) {
    await endGroup(child, options.clock);
    throw error instanceof Problem ? error : fault(`${said(error).message}${words()}`, error);
  } finally {
    deadline.abort();
  }
}

function connect(child: ChildProcess, onUpdate: (update: SessionUpdate) => void): ClientConnection {
  if (child.stdin === null || child.stdout === null)
    throw new Problem("agent.start-failed", { agent: "agent", why: "it has no input or output" });
  // A pipe to a process that just died: its end is told by `gone`.
  child.stdin.on("error", (error) => void error);
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as unknown as ReadableStream<Uint8Array>,
  );
  return client({ name: "nightgate" })
    .onRequest(methods.client.session.requestPermission, ({ params }) => allow(params))
    .onNotification(methods.client.session.update, ({ params }) => onUpdate(params.update))
    .connect(stream);
}

function allow({ options }: RequestPermissionRequest): RequestPermissionResponse {
  const option =
    options.find(({ kind }) => kind === "allow_always") ?? options.find(({ kind }) => kind === "allow_once");
  return {
    outcome:
      option === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: option.optionId },
  };
}

async function open(
  { agent }: ClientConnection,
  { adapter, cwd, session, tools }: SessionOptions,
): Promise<{ id: string; resumed: boolean }> {
  const mcpServers = [...tools];
  const { agentCapabilities } = await agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: {
      fs: { readTextFile: false, writeTextFile: false },
      terminal: false,
      ...(adapter.offer !== undefined && { _meta: adapter.offer }),
    },
    clientInfo: { name: "nightgate", version: "1" },
  });
  let id = session;
  let modes;
  if (id === null) {
    const made = await agent.request(methods.agent.session.new, { cwd, mcpServers });
    id = made.sessionId;
    modes = made.modes;
  } else {
    const { resume, load } = methods.agent.session;
    const again = agentCapabilities?.sessionCapabilities?.resume != null ? resume : load;
    try {
      ({ modes } = await agent.request(again, { sessionId: id, cwd, mcpServers }));
    } catch (error) {
      // An agent that died early in its first turn has a session that it never wrote down.
      if (said(error).code !== RESOURCE_NOT_FOUND) throw error;
      const made = await agent.request(methods.agent.session.new, { cwd, mcpServers });
      id = made.sessionId;
      modes = made.modes;
    }
  }
  if (adapter.freeMode !== null && modes?.availableModes.some((mode) => mode.id === adapter.freeMode)) {
    await agent.request(methods.agent.session.setMode, { sessionId: id, modeId: adapter.freeMode });
  }
  return { id, resumed: session !== null && id === session };
}

function agentSession(
  child: ChildProcess,
  { agent }: ClientConnection,
  { id, resumed }: { id: string; resumed: boolean },
  gone: Promise<string>,
  { adapter, clock }: SessionOptions,
): AgentSession {
  return {
    id,
    resumed,
    gone,
    prompt: async (text) => {
      const lost = gone.then((message): TurnEnd => ({ ok: false, failure: "gone", message }));
      const turn = agent
        .request(methods.agent.session.prompt, { sessionId: id, prompt: [{ type: "text", text }] })
        .then(
          ({ stopReason, _meta }): TurnEnd => {
            const failed = adapter.failureIn?.(_meta) ?? null;
            return failed === null ? { ok: true, stopReason } : { ok: false, ...failed };
          },
          async (error: unknown): Promise<TurnEnd> => {
            // A process that dies breaks its requests a moment before it is seen to be gone.
            if (!(error instanceof RequestError)) await Promise.race([gone, clock.wait(LIMITS.stopGraceMs)]);
            if (child.exitCode !== null || child.signalCode !== null) return await lost;
            const { code, message, data } = said(error);
            return { ok: false, failure: adapter.failureOf({ code, message, data }), message };
          },
        );
      return await Promise.race([turn, lost]);
    },
    interrupt: async () => {
      await agent.notify(methods.agent.session.cancel, { sessionId: id });
    },
    end: async () => await endGroup(child, clock),
  };
}

function said(error: unknown): { code: number; message: string; data: unknown } {
  if (error instanceof RequestError) return { code: error.code, message: error.message, data: error.data };
  return { code: 0, message: error instanceof Error ? error.message : String(error), data: undefined };
}

/** The end of what the agent wrote to stderr, for when it dies. */
function lastWords(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    text = (text + piece).slice(-LIMITS.lastWordsCharactersMax);
  });
  return () => {
    // Lines like "[session/create] ..." are the adapter's own timing.
    const said = text.split("\n").filter((line) => line.trim() !== "" && !/^\[\w+\/\w+\]/.test(line));
    return said.length === 0 ? "" : ` Its last words: ${said.join("\n")}`;
  };
}
