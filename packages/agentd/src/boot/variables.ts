/** The environment of agents and shells: the proxy, the certificates, and where model APIs are. Nothing in it is a secret; the keys are dummies that the gate replaces. */
import type { WorkstationEnvironment } from "@nightgate/shared/workstation-environment";
import { CA_BUNDLE, CA_FILE } from "./certificates.ts";

const NO_PROXY = "127.0.0.1,localhost,::1,.localhost,gate.nightgate";
/** Stands where a key is expected. The gate puts the real one in its place. */
export const DUMMY_KEY = "nightgate-has-the-key";

export interface VariableOptions {
  home: string;
  /** PATH of agentd itself, as the image sets it. */
  path: string;
  imageVariables: Record<string, string>;
  proxyPort: number;
}

/** All variables, for a program started as the agent. */
export function agentVariables(
  environment: WorkstationEnvironment | null,
  { home, path, imageVariables, proxyPort }: VariableOptions,
): Record<string, string> {
  const own = [".local/bin", ".npm-global/bin", ".cargo/bin", "go/bin"]
    .map((folder) => `${home}/${folder}`)
    .join(":");
  return {
    HOME: home,
    USER: "agent",
    LOGNAME: "agent",
    SHELL: "/bin/bash",
    PATH: `${own}:${path}`,
    LANG: "C.UTF-8",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    ...imageVariables,
    ...proxyVariables(proxyPort),
    ...certificateVariables(),
    ...modelVariables(environment),
  };
}

function proxyVariables(port: number): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  const upper = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY };
  const lower = Object.fromEntries(Object.entries(upper).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...upper, ...lower, NODE_USE_ENV_PROXY: "1" };
}

function certificateVariables(): Record<string, string> {
  const names = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "PIP_CERT",
  ];
  return { NODE_EXTRA_CA_CERTS: CA_FILE, ...Object.fromEntries(names.map((name) => [name, CA_BUNDLE])) };
}

function modelVariables(environment: WorkstationEnvironment | null): Record<string, string> {
  const anthropic = modelUrl(environment, "anthropic");
  const openai = modelUrl(environment, "openai");
  return {
    ...(anthropic !== null && { ANTHROPIC_BASE_URL: anthropic, ANTHROPIC_AUTH_TOKEN: DUMMY_KEY }),
    ...(openai !== null && { OPENAI_BASE_URL: `${openai}/v1`, OPENAI_API_KEY: DUMMY_KEY }),
  };
}

/** Where a model API is for the agents here: the first resource of it is the one that they use. */
export function modelUrl(
  environment: WorkstationEnvironment | null,
  api: WorkstationEnvironment["models"][number]["api"],
): string | null {
  return environment?.models.find((model) => model.api === api)?.gateUrl ?? null;
}

/** What is the same for every user of a shell: as /etc/environment (NAME=value lines). HOME, USER and PATH are login's own business. */
export function environmentFile(variables: Record<string, string>): string {
  return shared(variables)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");
}

/** The same as a shell script for /etc/profile.d. */
export function profileScript(variables: Record<string, string>): string {
  const lines = shared(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`,
  );
  return `# Written by agentd: the way out, the certificates, the models. Changes here are overwritten.\n${lines.join("")}`;
}

function shared(variables: Record<string, string>): [string, string][] {
  const own: ReadonlySet<string> = new Set(["HOME", "USER", "LOGNAME", "SHELL", "PATH"]);
  return Object.entries(variables).filter(([name]) => !own.has(name));
}
