/** agentd in a real workstation without a network: names, git, the real claude over ACP against a scripted model, and what survives restarts. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@nightgate/shared/ids";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type RunnerSeat, runnerSeat } from "./testing/runner-seat.ts";
import { type ScriptedReply, scriptedModel, type ScriptedTurn } from "./testing/scripted-model.ts";
import { type StubGate, startStubGate } from "./testing/stub-gate.ts";
import {
  testAuthority,
  testEnvironment,
  testRepository,
  type TestWorkstation,
  testWorkstation,
} from "./testing/workstation.ts";

const HOST = "packages.example.com";
const authority = testAuthority(HOST);
let script: (turn: ScriptedTurn) => ScriptedReply | Promise<ScriptedReply> = () => ({ text: "Done." });
const model = scriptedModel(async (turn) => await script(turn));
let upstream: Server;
let repositories: string;
let gate: StubGate;
let seat: RunnerSeat;
let workstation: TestWorkstation & { start(): void };

const startGate = async (): Promise<void> => {
  const address = upstream.address();
  gate = await startStubGate({
    socketPath: workstation.gateSocket,
    caPem: authority.ca,
    environment: testEnvironment("ws_test"),
    model,
    repositories,
    hosts: { [`${HOST}:443`]: typeof address === "object" && address !== null ? address.port : 0 },
  });
};

beforeAll(async () => {
  upstream = createServer({ cert: authority.certificate, key: authority.key }, (request, response) =>
    response.end(`hello ${request.headers.host}\n`),
  );
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  repositories = mkdtempSync(join(tmpdir(), "nightgate-repositories-"));
  testRepository(repositories, "res_repository");
  workstation = testWorkstation(`agentd-${process.pid}`, inject("nightgateEngine"));
  await startGate();
  seat = await runnerSeat(workstation.runnerSocket);
  workstation.start();
  await until("agentd to say hello", 20_000, () => seat.hello());
  await until(
    "the resources to be known",
    20_000,
    async () => (await workstation.run("grep res_repository /etc/gitconfig")).status === 0,
  );
});

afterAll(async () => {
  await seat.leave();
  await gate.stop();
  workstation.remove();
  await new Promise<void>((resolve) => upstream.close(() => resolve()));
  rmSync(repositories, { recursive: true });
});

const start = async (
  text: string,
  more: { run?: string; session?: string | null; repository?: boolean } = {},
): Promise<string> => {
  const run = more.run ?? newId("run");
  const repository =
    more.repository === true ? { url: "https://git.example.com/acme/sample", folder: "sample" } : null;
  const sent = await seat.send({
    type: "run.start",
    run,
    agent: "claude",
    session: more.session ?? null,
    repository,
    after: 0,
    prompt: newId("resource"),
    text,
  });
  expect(sent).toMatchObject({ ok: true });
  await seat.send({ type: "events.follow", run, after: seat.events(run).at(-1)?.seq ?? 0 });
  return run;
};
const kinds = (run: string): string[] => seat.events(run).map(({ body }) => body.kind);
const ended = async (run: string, count = 1): Promise<void> => {
  await until(
    `turn ${count} of ${run} to end`,
    60_000,
    () => kinds(run).filter((kind) => kind === "turn.ended" || kind === "turn.failed").length >= count,
  );
};
const sessionOf = (run: string): string => {
  const started = seat.events(run).find(({ body }) => body.kind === "session.started")?.body;
  return started?.kind === "session.started" ? started.session : "";
};

describe("the way out", () => {
  test("invariant 1: there is no interface but loopback", async () => {
    expect((await workstation.run("ls /sys/class/net")).output.trim()).toBe("lo");
  });

  test("a tool that knows the proxy and one that does not both reach an allowed host, with the workstation's CA", async () => {
    expect((await workstation.run(`curl -sS https://${HOST}/`)).output).toBe(`hello ${HOST}\n`);
    expect((await workstation.run(`curl -sS --noproxy '*' https://${HOST}/`)).output).toBe(`hello ${HOST}\n`);
    expect(
      (
        await workstation.run(
          `node -e 'fetch("https://${HOST}/").then(async (a) => console.log(await a.text()))'`,
        )
      ).output,
    ).toContain("hello");
    expect(
      (
        await workstation.run(
          `python3 -c 'import urllib.request; print(urllib.request.urlopen("https://${HOST}/").read())'`,
        )
      ).output,
    ).toContain("hello");
  });

  test("names resolve to an address of their own below 127.64.0.0/10, and nothing else is answered", async () => {
    const { output } = await workstation.run(
      "getent hosts a.example.org; getent hosts a.example.org; getent hosts nodots; getent ahostsv6 b.example.org | grep -v ffff",
    );
    const [first, second, ...rest] = output.trim().split("\n");
    expect(first).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
    expect(second).toBe(first);
    expect(rest.join("")).toBe("");
  });

  test("an unknown host is refused at once, with a sentence", async () => {
    const begun = Date.now();
    const { output } = await workstation.run(
      "curl -sS --noproxy '*' http://unknown.example.org/; curl -sS https://unknown.example.org/",
    );
    expect(output).toContain("unknown.example.org:80 is not a host that the policy allows.");
    expect(output).toContain("403");
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  test("loopback's own ports stay free for the workstation's services", async () => {
    const { output } = await workstation.run(
      "python3 -m http.server 80 --bind 127.0.0.1 >/dev/null 2>&1 & python3 -m http.server 443 --bind 127.0.0.1 >/dev/null 2>&1 & sleep 1; curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1/; kill %1 %2",
    );
    expect(output).toContain("200");
  });

  test("git reaches the repository by each form of its remote, without a credential", async () => {
    for (const url of [
      "https://git.example.com/acme/sample",
      "git@git.example.com:acme/sample.git",
      "ssh://git@git.example.com/acme/sample",
    ]) {
      const { status, output } = await workstation.run(
        `rm -rf /tmp/clone && git clone -q ${url} /tmp/clone && git -C /tmp/clone log --format=%s`,
      );
      expect({ url, status, output: output.trim() }).toEqual({ url, status: 0, output: "First" });
    }
  });

  test("while the gate is away everything fails quickly, and works again when it is back", async () => {
    await gate.stop();
    expect((await workstation.run(`curl -sS --max-time 20 https://${HOST}/`)).status).toBeGreaterThan(0);
    expect((await workstation.run("nightgate whoami")).output).toContain("does not answer");
    await startGate();
    expect((await workstation.run(`curl -sS https://${HOST}/`)).output).toBe(`hello ${HOST}\n`);
  });
});

describe("a run", () => {
  test("claude clones, writes, commits, pushes and finishes; every request names the run", async () => {
    script = ({ toolResults }) => {
      if (toolResults === 0)
        return {
          tool: "Write",
          input: { file_path: "/home/agent/work/sample/note.txt", content: "By the agent.\n" },
        };
      if (toolResults === 1)
        return {
          tool: "Bash",
          input: {
            command:
              "git add note.txt && git commit -qm 'Add a note' && git push -q origin HEAD:refs/heads/agent/note && id -un",
            description: "Push",
          },
        };
      return { text: "The note is pushed." };
    };
    gate.seen.length = 0;
    const run = await start("Add a note and push it", { repository: true });
    await ended(run);
    expect(kinds(run).slice(0, 4)).toEqual(["prompt", "note", "note", "session.started"]);
    expect(seat.events(run).map(({ seq }) => seq)).toEqual(kinds(run).map((_, index) => index + 1));
    const tools = seat
      .events(run)
      .flatMap(({ body }) => (body.kind === "tool" && body.status === "completed" ? [body] : []));
    expect(tools[0]).toMatchObject({
      tool: "edit",
      diffs: [{ path: "/home/agent/work/sample/note.txt", before: null, after: "By the agent.\n" }],
    });
    expect(tools[1]).toMatchObject({ tool: "execute", output: "agent" });
    expect(
      seat
        .events(run)
        .slice(-2)
        .map(({ body }) => body),
    ).toMatchObject([
      { kind: "agent.message", text: "The note is pushed." },
      { kind: "turn.ended", stopReason: "end_turn" },
    ]);
    const hinted = gate.seen.filter(({ line }) => line.includes("/git/") || line.includes("/v1/messages"));
    expect(hinted.length).toBeGreaterThan(5);
    expect(hinted.every((request) => request.run === run)).toBe(true);
    // The contract reaches the model as a system-level instruction.
    expect(JSON.stringify(model.seen.at(-1)?.turn.body)).toContain("You work on a Nightgate workstation");
    await seat.send({ type: "run.stop", run });
  });

  test("invariant 10: the runner is killed in mid-run; no event is lost and none is told twice", async () => {
    let step = 0;
    script = ({ toolResults }) => {
      step = toolResults;
      return toolResults < 12
        ? { tool: "Bash", input: { command: `echo step ${toolResults}; sleep 0.2`, description: "Step" } }
        : { text: "All steps done." };
    };
    const run = await start("Take twelve steps");
    await until("some steps", 30_000, () => step >= 3);
    await seat.leave();
    await until("more steps without a runner", 30_000, () => step >= 8);
    await seat.comeBack();
    await ended(run);
    expect(seat.events(run).map(({ seq }) => seq)).toEqual(kinds(run).map((_, index) => index + 1));
    const outputs = seat
      .events(run)
      .flatMap(({ body }) => (body.kind === "tool" && body.status === "completed" ? [body.output] : []));
    expect(outputs).toEqual(Array.from({ length: 12 }, (_, index) => `step ${index}`));
    await seat.send({ type: "run.stop", run });
  });

  test("a command or a prompt that is sent again does nothing again", async () => {
    script = () => ({ text: "Once." });
    const run = newId("run");
    const command = {
      type: "run.start",
      run,
      agent: "claude",
      session: null,
      repository: null,
      after: 0,
      prompt: "p1",
      text: "Hello",
    } as const;
    expect(await seat.send(command, "same-id")).toMatchObject({ ok: true });
    expect(await seat.send(command, "same-id")).toMatchObject({ ok: true });
    expect(await seat.send({ type: "run.prompt", run, prompt: "p1", text: "Hello" })).toMatchObject({
      ok: true,
    });
    await seat.send({ type: "events.follow", run, after: 0 });
    await ended(run);
    await until("the run to rest", 10_000, () => seat.phase(run) === "idle");
    expect(kinds(run).filter((kind) => kind === "prompt")).toHaveLength(1);
    await seat.send({ type: "run.stop", run });
  });

  test("a prompt during a turn waits for its end; an interrupt ends the turn and keeps the session", async () => {
    script = ({ lastWords, toolResults }) =>
      lastWords === "Long" && toolResults === 0
        ? { tool: "Bash", input: { command: "sleep 60", description: "Wait" } }
        : { text: `I heard: ${lastWords}` };
    const run = await start("Long");
    await until("the tool to run", 30_000, () => kinds(run).includes("tool"));
    await seat.send({ type: "run.prompt", run, prompt: "p2", text: "Short" });
    await seat.send({ type: "run.interrupt", run });
    await ended(run, 2);
    const turns = seat
      .events(run)
      .flatMap(({ body }) => (body.kind === "turn.ended" ? [body.stopReason] : []));
    expect(turns).toEqual(["cancelled", "end_turn"]);
    expect(kinds(run).filter((kind) => kind === "session.started")).toHaveLength(1);
    await seat.send({ type: "run.stop", run });
  });

  test("stopping leaves nothing of the run behind, not even what left its process group", async () => {
    script = ({ toolResults }) =>
      toolResults === 0
        ? {
            tool: "Bash",
            input: {
              command: "setsid -f sleep 4711 </dev/null >/dev/null 2>&1; sleep 60",
              description: "Linger",
            },
          }
        : { text: "Done." };
    const run = await start("Linger");
    await until(
      "the lingering process",
      30_000,
      async () => (await workstation.run("pgrep -f 'sleep 4711'")).status === 0,
    );
    await seat.send({ type: "run.stop", run });
    expect((await workstation.run("pgrep -f 'sleep 4711|claude'")).output.trim()).toBe("");
    await until("the end to be told", 5_000, () => seat.phase(run) === "ended");
    expect(kinds(run).at(-1)).toBe("session.ended");
  });

  test("a repository that cannot be cloned fails the turn with git's own words", async () => {
    const run = newId("run");
    await seat.send({
      type: "run.start",
      run,
      agent: "claude",
      session: null,
      repository: { url: "https://git.example.com/acme/missing", folder: "missing" },
      after: 0,
      prompt: "p1",
      text: "Hello",
    });
    await seat.send({ type: "events.follow", run, after: 0 });
    await ended(run);
    expect(seat.events(run).at(-1)?.body).toMatchObject({
      kind: "turn.failed",
      message: expect.stringContaining("could not be cloned"),
    });
  });

  test("after the workstation restarts the run is reported as ended, and its session is resumed with all that was said", async () => {
    script = ({ lastWords, toolResults }) =>
      lastWords.startsWith("Remember") && toolResults === 0
        ? { tool: "Bash", input: { command: "sleep 300", description: "Wait" } }
        : { text: "I remember." };
    const run = await start("Remember the word aubergine");
    await until("the tool to run", 30_000, () => kinds(run).includes("tool"));
    const boot = seat.hello()?.boot;
    workstation.restart();
    await until("agentd to come back", 30_000, () => (seat.hello()?.boot !== boot ? seat.hello() : null));
    await until("the end to be told", 10_000, () => kinds(run).at(-1) === "session.ended");
    expect(seat.events(run).at(-1)?.body).toMatchObject({ error: expect.stringContaining("restarted") });
    await start("What was the word?", { run, session: sessionOf(run) });
    await ended(run);
    expect(seat.events(run).map(({ seq }) => seq)).toEqual(kinds(run).map((_, index) => index + 1));
    expect(seat.events(run).findLast(({ body }) => body.kind === "session.started")?.body).toMatchObject({
      resumed: true,
      session: sessionOf(run),
    });
    expect(JSON.stringify(model.seen.at(-1)?.turn.body.messages)).toContain("aubergine");
    await seat.send({ type: "run.stop", run });
  });
});
