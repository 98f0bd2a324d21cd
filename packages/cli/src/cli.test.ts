/** The command as a process, against a gate's and an agentd's socket of the test's own: what it prints, and the exit codes that agents rely on. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { HoldInside } from "@nightgate/shared/workstation-environment";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
const servers: Server[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nightgate-cli-"))));
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const listen = async (name: "gate" | "agentd", answer: RequestListener): Promise<void> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, `${name}.sock`), resolve));
};

const nightgate = async (...args: string[]): Promise<{ status: number | null; output: string }> => {
  const env = {
    PATH: process.env["PATH"] ?? "",
    NIGHTGATE_GATE_SOCKET: join(folder, "gate.sock"),
    NIGHTGATE_AGENTD_SOCKET: join(folder, "agentd.sock"),
    NIGHTGATE_RUN: "run_000000000000",
  };
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...args], {
    env,
  });
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (output += String(text)));
  return await new Promise((resolve) => child.on("close", (status) => resolve({ status, output })));
};

const hold = (state: string, words = ""): HoldInside => ({
  id: "H-AAAAAAAA",
  kind: "git.push",
  state,
  title: "Push 1 commit to main",
  run: null,
  createdAt: new Date(0).toISOString(),
  words,
});

test.each([
  ["released", 0],
  ["rejected", 3],
  ["expired", 4],
  ["failed", 5],
  ["unknown", 5],
  ["pending", 75],
  ["approved", 75],
])("holds wait: %s exits %i", async (state, exit) => {
  let asked = "";
  await listen("gate", (request, response) => {
    asked = `${request.url} ${String(request.headers["nightgate-run"])}`;
    response.end(JSON.stringify(hold(state, "Please add a test.")));
  });
  const { status, output } = await nightgate("holds", "wait", "H-AAAAAAAA");
  expect(status).toBe(exit);
  expect(asked).toBe("/nightgate/holds/H-AAAAAAAA?waitSeconds=60 run_000000000000");
  expect(output).toContain("Please add a test.");
  expect(output.includes("End your turn")).toBe(exit === 75);
});

test("holds lists, as lines and as JSON", async () => {
  await listen("gate", (_, response) =>
    response.end(JSON.stringify([hold("pending"), hold("rejected", "No.")])),
  );
  expect((await nightgate("holds")).output).toMatch(
    /H-AAAAAAAA +pending +Push 1 commit to main\nH-AAAAAAAA +rejected .*\n +No\./,
  );
  expect(JSON.parse((await nightgate("holds", "--json")).output)).toHaveLength(2);
});

test("what the gate refuses is said in its words; a gate or an agentd that is away is said as that", async () => {
  await listen("gate", (_, response) =>
    response.writeHead(404).end(JSON.stringify({ detail: "There is no such hold here." })),
  );
  expect(await nightgate("holds", "wait", "H-BBBBBBBB")).toEqual({
    status: 64,
    output: "nightgate: There is no such hold here.\n",
  });
  expect(await nightgate("whoami")).toMatchObject({
    status: 69,
    output: expect.stringContaining("agentd does not answer") as string,
  });
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect(await nightgate("holds")).toMatchObject({
    status: 69,
    output: expect.stringContaining("gate does not answer") as string,
  });
});

test("a name that is no hold's is refused before anybody is asked", async () => {
  expect(await nightgate("holds", "wait", "../etc")).toMatchObject({
    status: 64,
    output: expect.stringContaining("not the name of a hold") as string,
  });
});

test("apt install shows what apt says, and ends as it ended", async () => {
  await listen("agentd", (request, response) => {
    let body = "";
    request.on("data", (text) => (body += String(text)));
    request.on("end", () =>
      response.end(
        `got ${body}\nSetting up jq\n\nexit ${body.includes("missing") ? "1 apt could not install that" : "0"}\n`,
      ),
    );
  });
  expect(await nightgate("apt", "install", "jq", "ripgrep")).toEqual({
    status: 0,
    output: 'got {"packages":["jq","ripgrep"]}\nSetting up jq\n\n',
  });
  expect(await nightgate("apt", "install", "missing")).toMatchObject({
    status: 1,
    output: expect.stringContaining("apt could not install that") as string,
  });
});

test("an answer that breaks off is not a success", async () => {
  await listen("agentd", (_, response) => {
    response.write("Unpacking jq\n");
    response.destroy();
  });
  const { status } = await nightgate("apt", "install", "jq");
  expect(status).toBeGreaterThan(0);
});

test("help contract", async () => {
  expect(await nightgate("help", "contract")).toMatchObject({
    status: 0,
    output: expect.stringContaining("A push that is held is not pushed") as string,
  });
});

test("verbs go to agentd's socket in the run's name; what is refused for now exits 69", async () => {
  const asked: string[] = [];
  let status = 200;
  await listen("agentd", (request, response) => {
    let body = "";
    request.on("data", (text) => (body += String(text)));
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${body.replace(/cli_[\w-]+/, "ID")}`);
      response.writeHead(status).end(JSON.stringify(status === 200 ? { jobs: [] } : { detail: "Not now." }));
    });
  });
  expect(await nightgate("jobs", "list", "--limit", "3")).toEqual({ status: 0, output: "No jobs.\n" });
  expect(asked).toEqual([
    'POST /verbs {"id":"ID","run":"run_000000000000","verb":"job_list","args":{"limit":3}}',
  ]);
  status = 503;
  expect(await nightgate("jobs", "list")).toEqual({ status: 69, output: "nightgate: Not now.\n" });
});

test("mcp: a real client lists the tools over stdio and calls one", async () => {
  await listen("agentd", (_, response) => response.end(JSON.stringify({ jobs: [] })));
  const client = new Client({ name: "a-client", version: "1" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("main.ts", import.meta.url)), "mcp"],
    env: { NIGHTGATE_AGENTD_SOCKET: join(folder, "agentd.sock") },
  });
  await client.connect(transport as never);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["whoami", "job_create"]));
  expect(await client.callTool({ name: "job_list", arguments: {} })).toMatchObject({
    structuredContent: { jobs: [] },
  });
  await client.close();
});
