/** A real MCP client on the server of `nightgate mcp`: what it lists, what it calls, and how it says no. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Problem } from "@nightgate/shared/problems";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Transport } from "../transport.ts";
import { mcpServer } from "./serve.ts";

let client: Client;
let asked: unknown[];
let answer: Transport["call"];
beforeEach(async () => {
  asked = [];
  answer = async () => await Promise.resolve({ jobs: [] });
  client = new Client({ name: "a-client", version: "1" });
  const [here, there] = InMemoryTransport.createLinkedPair();
  const call: Transport["call"] = async (verb, args) => {
    asked.push([verb, args]);
    return await answer(verb, args);
  };
  await mcpServer({ who: "agent", transport: { call }, version: "1" }).connect(there);
  await client.connect(here as never);
});
afterEach(async () => await client.close());

test("every verb of agents is a tool that says what it takes, gives and does; none approves", async () => {
  const { tools } = await client.listTools();
  const find = (name: string): (typeof tools)[number] | undefined => tools.find((tool) => tool.name === name);
  expect(find("job_list")).toMatchObject({
    annotations: { readOnlyHint: true },
    inputSchema: { type: "object", properties: { limit: { type: "integer" } } },
    outputSchema: { type: "object", properties: { jobs: { type: "array" } } },
  });
  expect(find("job_cancel")?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  expect(find("lock_set")).toBeUndefined();
  // Invariant 4: an agent can never approve.
  expect(tools.filter(({ name }) => /approve|reject|decide|secret|policy|grant/.test(name))).toEqual([]);
});

test("an answer comes as structure, which the client checks against the schema, and as text", async () => {
  expect(await client.callTool({ name: "job_list", arguments: { limit: 3 } })).toMatchObject({
    structuredContent: { jobs: [] },
    content: [{ type: "text", text: '{"jobs":[]}' }],
  });
  expect(asked).toEqual([["job_list", { limit: 3 }]]);
});

test("what is refused says why, and is no breakdown", async () => {
  expect(await client.callTool({ name: "job_list", arguments: { limit: "many" } })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining("limit") as string }],
  });
  expect(asked).toEqual([]);
  answer = () => Promise.reject(new Problem("not-found", { what: "job job_x" }));
  expect(await client.callTool({ name: "job_status", arguments: { job: "job_x" } })).toMatchObject({
    isError: true,
    content: [{ text: "There is no job job_x here." }],
  });
  expect(await client.callTool({ name: "approve" })).toMatchObject({ isError: true });
});
