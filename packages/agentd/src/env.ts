/** agentd's settings. In a workstation none is given and the defaults are the contract with the image; tests move them. */
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const port = (fallback: number): z.ZodType<number> =>
  z.coerce.number().int().min(0).max(65535).default(fallback) as z.ZodType<number>;

const settings = z.object({
  NIGHTGATE_GATE_SOCKET: z.string().default("/run/nightgate/gate/gate.sock"),
  NIGHTGATE_RUNNER_SOCKET: z.string().default("/run/nightgate/runner/runner.sock"),
  NIGHTGATE_AGENTD_SOCKET: z.string().default("/run/nightgate/agentd.sock"),
  NIGHTGATE_STATE: z.string().default("/var/lib/nightgate"),
  NIGHTGATE_ROOT: z.string().default("/"),
  NIGHTGATE_AGENT_HOME: z.string().default("/home/agent"),
  NIGHTGATE_AGENT_UID: z.coerce.number().int().min(1).default(1000),
  NIGHTGATE_DNS_PORT: port(53),
  NIGHTGATE_PROXY_PORT: port(3128),
  NIGHTGATE_RELAY: z.enum(["on", "off"]).default("on"),
  NIGHTGATE_LOG: z.enum(["debug", "info", "warn", "error"]).default("info"),
  CLAUDE_CODE_EXECUTABLE: z.string().default("/usr/local/bin/claude"),
  CODEX_PATH: z.string().default("/usr/local/bin/codex"),
  PATH: z.string().default("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
});

export interface AgentdConfig {
  gateSocket: string;
  runnerSocket: string;
  agentdSocket: string;
  state: string;
  root: string;
  user: { uid: number; gid: number; home: string };
  dnsPort: number;
  proxyPort: number;
  relay: boolean;
  logLevel: "debug" | "info" | "warn" | "error";
  path: string;
  /** What the image says about its agents, handed on to them. */
  imageVariables: Record<string, string>;
}

/** Reads the settings once, or ends the process with everything that is wrong with them. */
export function readAgentdConfig(raw: Record<string, string | undefined>): AgentdConfig {
  const read = readSettings(settings, raw);
  return {
    gateSocket: read.NIGHTGATE_GATE_SOCKET,
    runnerSocket: read.NIGHTGATE_RUNNER_SOCKET,
    agentdSocket: read.NIGHTGATE_AGENTD_SOCKET,
    state: read.NIGHTGATE_STATE,
    root: read.NIGHTGATE_ROOT,
    user: { uid: read.NIGHTGATE_AGENT_UID, gid: read.NIGHTGATE_AGENT_UID, home: read.NIGHTGATE_AGENT_HOME },
    dnsPort: read.NIGHTGATE_DNS_PORT,
    proxyPort: read.NIGHTGATE_PROXY_PORT,
    relay: read.NIGHTGATE_RELAY === "on",
    logLevel: read.NIGHTGATE_LOG,
    path: read.PATH,
    imageVariables: {
      CLAUDE_CODE_EXECUTABLE: read.CLAUDE_CODE_EXECUTABLE,
      CODEX_PATH: read.CODEX_PATH,
    },
  };
}
