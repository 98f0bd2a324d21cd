/** An agentd for tests, on the real socket: keeps logs and phases as the real one does, and plays turns as a test says. It outlives runners; it can be restarted with or without its disk. */
import { randomUUID } from "node:crypto";
import {
  AGENTD_PROTOCOL_VERSION,
  type AgentdMessage,
  type AgentdRun,
  type RunnerMessage,
  runnerMessage,
} from "@nightgate/shared/agentd-protocol";
import { systemClock } from "@nightgate/shared/clock";
import type { RunEvent, RunEventBody } from "@nightgate/shared/run-events";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import { WebSocket } from "ws";

type CommandRun = Extract<RunnerMessage, { type: "command.run" }>;

export interface PlayedTurn {
  run: string;
  prompt: string;
  text: string;
  /** What is to be run instead of an agent. */
  command: CommandRun | null;
  /** The file whose words come before the text. */
  file: string | null;
  /** Writes an event of this turn. */
  say(body: RunEventBody): void;
  /** Resolves when the test (or an interrupt) lets the turn go on. */
  interrupted: Promise<void>;
}

/** Plays one turn; how it returns is how the turn ends. */
export type Play = (turn: PlayedTurn) => Promise<{ stopReason: string } | { failed: string } | "dies">;

interface FakeRun {
  info: AgentdRun;
  events: RunEvent[];
  prompts: Set<string>;
  waiting: { prompt: string; text: string; command: CommandRun | null; file: string | null }[];
  working: boolean;
  fresh: boolean;
  stop: () => void;
  interrupt: () => void;
}

export interface ScriptedAgentd {
  /** Every command that was carried out (repeated ids are not), in order. */
  commands: RunnerMessage[];
  /** Prompts that turns were begun with, per run. */
  told(run: string): string[];
  play: Play;
  /** Asks for a verb as somebody inside would. `id` is fresh unless given. */
  ask(verb: string, args?: unknown, more?: { run?: string | null; id?: string }): Promise<VerbOutcome>;
  connected(): boolean;
  disconnect(): void;
  /** A new boot: live runs are ended, as after a restart of the container; `disk: false` forgets everything. */
  restart(disk: boolean): void;
  stop(): void;
}

/** Dials `socketPath` again and again, as agentd does. */
export function scriptedAgentd(socketPath: string, play: Play): ScriptedAgentd {
  const runs = new Map<string, FakeRun>();
  const answered = new Map<string, { ok: boolean; error?: string }>();
  const followed = new Map<string, number>();
  const asked = new Map<string, (outcome: VerbOutcome) => void>();
  let boot = randomUUID();
  let socket: WebSocket | null = null;
  let stopped = false;

  const send = (message: AgentdMessage): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const pump = (run: FakeRun): void => {
    const sent = followed.get(run.info.run);
    if (sent === undefined) return;
    const events = run.events.filter((event) => event.seq > sent);
    if (events.length === 0) return;
    followed.set(run.info.run, run.events.at(-1)?.seq ?? sent);
    send({ type: "events", run: run.info.run, events });
  };
  const write = (run: FakeRun, body: RunEventBody): void => {
    run.info.lastSeq += 1;
    run.events.push({ seq: run.info.lastSeq, at: Date.now(), body });
    pump(run);
  };
  const enter = (run: FakeRun, phase: AgentdRun["phase"]): void => {
    run.info.phase = phase;
    send({ type: "run", run: { ...run.info } });
  };

  const begin = (run: FakeRun): void => {
    const resumed = run.info.session !== null;
    run.info.session ??= `session-${run.info.run}${run.fresh ? "-fresh" : ""}`;
    enter(run, "starting");
    write(run, { kind: "session.started", agent: "claude", session: run.info.session, resumed });
  };

  const rest = (run: FakeRun): void => {
    if (run.info.phase === "working") enter(run, run.info.session === null ? "ended" : "idle");
  };

  const work = async (run: FakeRun): Promise<void> => {
    if (run.working) return;
    run.working = true;
    const id = run.info.run;
    const mine = boot;
    for (let next = run.waiting.shift(); next !== undefined && mine === boot; next = run.waiting.shift()) {
      write(run, { kind: "prompt", prompt: next.prompt, text: next.text });
      if (run.info.phase === "ended" && next.command === null) begin(run);
      enter(run, "working");
      const interrupted = new Promise<void>((resolve) => (run.interrupt = resolve));
      const stop = new Promise<"stopped">((resolve) => (run.stop = () => resolve("stopped")));
      const end = await Promise.race([
        agentd.play({ run: id, ...next, interrupted, say: (body) => mine === boot && write(run, body) }),
        stop,
      ]);
      if (mine !== boot) break;
      if (end === "dies" || end === "stopped") {
        write(run, {
          kind: "session.ended",
          error: end === "dies" ? "The agent's process ended (SIGKILL)." : null,
        });
        enter(run, "ended");
        break;
      }
      write(run, turnOver(next.prompt, end));
    }
    run.working = false;
    if (mine === boot) rest(run);
  };

  const carryOut = (
    message: Exclude<RunnerMessage, { type: "events.ack" | "events.follow" | "verb.result" }>,
  ): { ok: boolean; error?: string } => {
    let run = runs.get(message.run);
    if (run === undefined && (message.type === "run.start" || message.type === "command.run")) {
      const session = message.type === "run.start" ? message.session : null;
      run = {
        info: { run: message.run, phase: "ended", session, lastSeq: message.after },
        events: [],
        prompts: new Set(),
        waiting: [],
        working: false,
        fresh: false,
        stop: () => undefined,
        interrupt: () => undefined,
      };
      runs.set(message.run, run);
    }
    if (run === undefined) return { ok: false, error: `This workstation knows no run ${message.run}.` };
    if (message.type === "run.interrupt") run.interrupt();
    forgetSession(run, message);
    if (message.type === "run.stop") {
      dropWaiting(run);
      if (run.working) run.stop();
      else if (run.info.phase !== "ended") {
        write(run, { kind: "session.ended", error: null });
        enter(run, "ended");
      }
    }
    const turn = turnOf(message);
    if (turn !== null && !run.prompts.has(turn.prompt)) {
      run.prompts.add(turn.prompt);
      run.waiting.push(turn);
      void work(run);
    }
    return { ok: true };
  };

  const hear = (message: RunnerMessage): void => {
    if (message.type === "events.ack") return;
    if (message.type === "verb.result") return asked.get(message.id)?.(message.outcome);
    if (message.type === "events.follow") {
      const run = runs.get(message.run);
      send({ type: "reply", id: message.id, ok: run !== undefined });
      followed.set(message.run, message.after);
      if (run) pump(run);
      return;
    }
    const before = answered.get(message.id);
    if (before === undefined) agentd.commands.push(message);
    const answer = before ?? carryOut(message);
    answered.set(message.id, answer);
    send({ type: "reply", id: message.id, ...answer });
  };

  const dial = (): void => {
    if (stopped) return;
    const dialled = new WebSocket(`ws+unix://${socketPath}:/`);
    socket = dialled;
    dialled.on("open", () => {
      followed.clear();
      send({
        type: "hello",
        protocol: AGENTD_PROTOCOL_VERSION,
        version: "test",
        boot,
        agents: ["claude"],
        runs: [...runs.values()].map(({ info }) => ({ ...info })),
      });
    });
    dialled.on("message", (data) => hear(runnerMessage.parse(JSON.parse((data as Buffer).toString("utf8")))));
    dialled.on("error", () => dialled.terminate());
    dialled.on("close", () => {
      followed.clear();
      setTimeout(dial, 50).unref();
    });
  };

  const agentd: ScriptedAgentd = {
    commands: [],
    play,
    ask: async (verb, args = {}, { run = null, id = randomUUID() } = {}) => {
      const answer = new Promise<VerbOutcome>((resolve) => asked.set(id, resolve));
      // A runner that is away is asked when it is back.
      while (socket?.readyState !== WebSocket.OPEN) await systemClock.wait(20);
      send({ type: "verb", id, run, verb, args });
      return await answer;
    },
    told: (run) =>
      (runs.get(run)?.events ?? []).flatMap(({ body }) => (body.kind === "prompt" ? [body.text] : [])),
    connected: () => socket?.readyState === WebSocket.OPEN,
    disconnect: () => socket?.terminate(),
    restart: (disk) => {
      boot = randomUUID();
      for (const run of runs.values()) {
        run.stop();
        run.working = false;
        if (run.info.phase !== "ended")
          write(run, {
            kind: "session.ended",
            error: "The workstation was restarted while this run was going.",
          });
        run.info.phase = "ended";
      }
      if (!disk) {
        runs.clear();
        answered.clear();
      }
      socket?.terminate();
    },
    stop: () => {
      stopped = true;
      socket?.terminate();
    },
  };
  dial();
  return agentd;
}

function turnOver(prompt: string, end: { stopReason: string } | { failed: string }): RunEventBody {
  return "failed" in end
    ? { kind: "turn.failed", prompt, message: end.failed }
    : { kind: "turn.ended", prompt, ...end };
}

/** A run that is to begin in a session of its own. */
function forgetSession(run: FakeRun, message: RunnerMessage): void {
  if (message.type !== "run.start" || message.fresh !== true) return;
  run.fresh = true;
  run.info.session = null;
}

/** What has not begun may be asked for again. */
function dropWaiting(run: FakeRun): void {
  for (const { prompt } of run.waiting) run.prompts.delete(prompt);
  run.waiting = [];
}

function turnOf(message: RunnerMessage): FakeRun["waiting"][number] | null {
  switch (message.type) {
    case "run.start":
      return { prompt: message.prompt, text: message.text, command: null, file: message.file ?? null };
    case "run.prompt":
      return { prompt: message.prompt, text: message.text, command: null, file: null };
    case "command.run":
      return { prompt: message.prompt, text: message.command, command: message, file: null };
    default:
      return null;
  }
}
