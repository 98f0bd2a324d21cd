import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
import { expect, test } from "vitest";
import { testEnvironment } from "../testing/workstation.ts";
import { agentConfigFiles } from "./agent-config.ts";

const file = (path: string, environment: Parameters<typeof agentConfigFiles>[0]): string =>
  agentConfigFiles(environment).find((each) => each.path === path)?.content ?? "";
const known = testEnvironment("ws_x");

test("codex is sent to the gate, names its run, and has the contract as one line of TOML", () => {
  const config = file("/etc/codex/config.toml", known);
  expect(config).toContain('base_url = "http://gate.nightgate/model/res_openai/v1"');
  expect(config).toContain('"Nightgate-Run" = "NIGHTGATE_RUN"');
  const line = config.split("\n").find((each) => each.startsWith("developer_instructions = ")) ?? "";
  expect(JSON.parse(line.slice("developer_instructions = ".length))).toBe(WORKSTATION_CONTRACT);
});

test("opencode may only use the providers that the gate has, and is asked for nothing", () => {
  const read = (environment: typeof known): Record<string, unknown> =>
    JSON.parse(file("/etc/opencode/opencode.json", environment)) as Record<string, unknown>;
  expect(read(known)).toMatchObject({
    enabled_providers: ["openai", "anthropic"],
    permission: { "*": "allow" },
    provider: { anthropic: { options: { baseURL: "http://gate.nightgate/model/res_anthropic/v1" } } },
  });
  expect(read({ ...known, models: [] })).toMatchObject({ enabled_providers: [], provider: {} });
});

test("before the gate has spoken nothing names a provider", () => {
  expect(file("/etc/codex/config.toml", null)).not.toContain("model_provider");
});
