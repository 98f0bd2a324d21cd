/** One real workstation with everything around it that agentd talks to, for the docker tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentName } from "@nightgate/shared/agentd-protocol";
import { newId } from "@nightgate/shared/ids";
import { until } from "@nightgate/testkit/until";
import { type RunnerSeat, runnerSeat } from "./runner-seat.ts";
import { type ScriptedModel, scriptedModel } from "./scripted-model.ts";
import type { ScriptedReply, ScriptedTurn } from "./scripted-reply.ts";
import { type StubGate, startStubGate } from "./stub-gate.ts";
import {
  type Engine,
  testAuthority,
  testEnvironment,
  testRepository,
  type TestWorkstation,
  testWorkstation,
} from "./workstation.ts";

/** The one host that the stub gate lets through. */
export const ALLOWED_HOST = "packages.example.com";

export type Script = (turn: ScriptedTurn) => ScriptedReply | Promise<ScriptedReply>;

export interface AgentdWorld {
  workstation: TestWorkstation;
  seat: RunnerSeat;
  model: ScriptedModel;
  gate(): StubGate;
  /** What the model says from now on. */
  script: Script;
  startGate(): Promise<void>;
  /** Files of http://deb.example.com, by path; read when the gate is started. */
  files: Record<string, Buffer>;
  /** Starts a run (or takes one up again) and follows it. Answers its id. */
  start(
    text: string,
    more?: { run?: string; session?: string | null; repository?: boolean; agent?: AgentName },
  ): Promise<string>;
  /** Kinds of the run's events, in order. */
  kinds(run: string): string[];
  /** Waits until so many turns of the run have ended, well or not. */
  ended(run: string, turns?: number): Promise<void>;
  sessionOf(run: string): string;
  close(): Promise<void>;
}

/** Starts it all and waits until agentd knows its resources. */
export async function agentdWorld(name: string, engine: Engine): Promise<AgentdWorld> {
  const authority = testAuthority(ALLOWED_HOST);
  const upstream = createServer({ cert: authority.certificate, key: authority.key }, (request, response) =>
    response.end(`hello ${request.headers.host}\n`),
  );
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const repositories = mkdtempSync(join(tmpdir(), "nightgate-repositories-"));
  testRepository(repositories, "res_repository");
  const workstation = testWorkstation(`${name}-${process.pid}`, engine);
  const model = scriptedModel(async (turn) => await world.script(turn));
  const files: Record<string, Buffer> = {};
  let gate: StubGate;
  const startGate = async (): Promise<void> => {
    gate = await startStubGate({
      socketPath: workstation.gateSocket,
      caPem: authority.ca,
      environment: testEnvironment("ws_test"),
      model,
      repositories,
      files,
      hosts: { [`${ALLOWED_HOST}:443`]: portOf(upstream) },
    });
  };
  await startGate();
  const seat = await runnerSeat(workstation.runnerSocket);
  const kinds = (run: string): string[] => seat.events(run).map(({ body }) => body.kind);
  const world: AgentdWorld = {
    workstation,
    seat,
    model,
    gate: () => gate,
    script: () => ({ text: "Done." }),
    startGate,
    files,
    start: async (
      text,
      { run = newId("run"), session = null, repository = false, agent = "claude" } = {},
    ) => {
      const cloned = repository ? { url: "https://git.example.com/acme/sample", folder: "sample" } : null;
      const sent = await seat.send({
        type: "run.start",
        run,
        agent,
        session,
        repository: cloned,
        after: 0,
        prompt: newId("resource"),
        text,
      });
      if (!sent.ok) throw new Error(sent.error);
      await seat.send({ type: "events.follow", run, after: seat.events(run).at(-1)?.seq ?? 0 });
      return run;
    },
    kinds,
    ended: async (run, turns = 1) => {
      await until(
        `turn ${turns} of ${run} to end`,
        60_000,
        () => kinds(run).filter((kind) => kind === "turn.ended" || kind === "turn.failed").length >= turns,
      );
    },
    sessionOf: (run) => {
      const started = seat.events(run).find(({ body }) => body.kind === "session.started")?.body;
      return started?.kind === "session.started" ? started.session : "";
    },
    close: async () => {
      await seat.leave();
      await gate.stop();
      workstation.remove();
      await new Promise<void>((resolve) => upstream.close(() => resolve()));
      rmSync(repositories, { recursive: true });
    },
  };
  workstation.start();
  await until("agentd to say hello", 20_000, () => seat.hello());
  await until(
    "the resources to be known",
    20_000,
    async () => (await workstation.run("grep res_repository /etc/gitconfig")).status === 0,
  );
  return world;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
