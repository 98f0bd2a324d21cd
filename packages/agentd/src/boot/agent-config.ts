import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
/**
 * The system-wide configuration of the agents that take more than variables: where their models are, under which run they
 * speak, what they are told, and that nothing here is asked for. A person's own configuration in the home goes on top.
 */
import type { WorkstationEnvironment } from "@nightgate/shared/workstation-environment";
import { CONTRACT_FILE } from "./instructions.ts";
import { DUMMY_KEY, modelUrl } from "./variables.ts";

/** The files by path, for what the gate has said last. */
export function agentConfigFiles(
  environment: WorkstationEnvironment | null,
): { path: string; content: string }[] {
  return [
    { path: "/etc/codex/config.toml", content: codexConfig(modelUrl(environment, "openai")) },
    { path: "/etc/opencode/opencode.json", content: opencodeConfig(environment) },
  ];
}

/** The header is sent only where the variable is set: in a run. */
const RUN_VARIABLE = "NIGHTGATE_RUN";

function codexConfig(url: string | null): string {
  const provider =
    url === null
      ? []
      : [
          "[model_providers.nightgate]",
          'name = "Nightgate"',
          `base_url = ${JSON.stringify(`${url}/v1`)}`,
          'wire_api = "responses"',
          'env_key = "OPENAI_API_KEY"',
          `env_http_headers = { "Nightgate-Run" = "${RUN_VARIABLE}" }`,
        ];
  return [
    "# Written by agentd: changes here are overwritten, and yours belong in ~/.codex/config.toml.",
    ...(url === null ? [] : ['model_provider = "nightgate"']),
    // The workstation is the sandbox.
    'approval_policy = "never"',
    'sandbox_mode = "danger-full-access"',
    "check_for_update_on_startup = false",
    `developer_instructions = ${tomlText(WORKSTATION_CONTRACT)}`,
    "[features]",
    "plugins = false",
    "apps = false",
    "[analytics]",
    "enabled = false",
    ...provider,
    "",
  ].join("\n");
}

/** A basic string of TOML is a string of JSON, but for one character. */
function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007F", String.raw`\u007F`);
}

function opencodeConfig(environment: WorkstationEnvironment | null): string {
  const headers = { "Nightgate-Run": `{env:${RUN_VARIABLE}}` };
  const provider = Object.fromEntries(
    (["openai", "anthropic"] as const).flatMap((api) => {
      const url = modelUrl(environment, api);
      return url === null ? [] : [[api, { options: { baseURL: `${url}/v1`, apiKey: DUMMY_KEY, headers } }]];
    }),
  );
  const config = {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    permission: { "*": "allow" },
    instructions: [CONTRACT_FILE],
    enabled_providers: Object.keys(provider),
    provider,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
