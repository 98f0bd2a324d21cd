/** The command's settings. Nothing has to be set, neither inside a workstation nor on a person's own machine. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { AGENTD_LOCAL_SOCKET } from "@nightgate/shared/agentd-local";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_GATE_SOCKET: z.string().default("/run/nightgate/gate/gate.sock"),
  NIGHTGATE_AGENTD_SOCKET: z.string().default(AGENTD_LOCAL_SOCKET),
  NIGHTGATE_RUN: z.string().optional(),
  NIGHTGATE_URL: z.string().optional(),
  XDG_CONFIG_HOME: z.string().optional(),
});

export interface CliConfig {
  gateSocket: string;
  agentdSocket: string;
  /** The run in whose shell this was typed. */
  run: string | null;
  /** Outside: where `login` goes when it is not told. */
  url: string | null;
  /** Outside: where a login is kept (XDG Base Directory Specification). */
  loginFile: string;
  /** In a workstation the sockets say who asks, and there is nothing to log in to. */
  inside: boolean;
}

/** Reads the settings once. */
export function readCliConfig(raw: Record<string, string | undefined>): CliConfig {
  const read = readSettings(settings, raw);
  return {
    gateSocket: read.NIGHTGATE_GATE_SOCKET,
    agentdSocket: read.NIGHTGATE_AGENTD_SOCKET,
    run: read.NIGHTGATE_RUN ?? null,
    url: read.NIGHTGATE_URL ?? null,
    loginFile: join(configFolder(read.XDG_CONFIG_HOME), "nightgate/login.json"),
    // A run, or a socket that somebody has named, is inside also while nobody answers there.
    inside:
      ["NIGHTGATE_RUN", "NIGHTGATE_AGENTD_SOCKET", "NIGHTGATE_GATE_SOCKET"].some(
        (name) => raw[name] !== undefined,
      ) ||
      existsSync(read.NIGHTGATE_AGENTD_SOCKET) ||
      existsSync(read.NIGHTGATE_GATE_SOCKET),
  };
}

/** A relative path there is to be ignored, the specification says. */
function configFolder(named: string | undefined): string {
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), ".config");
}
