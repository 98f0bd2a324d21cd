/** The command's settings inside a workstation. Nothing has to be set there. */
import { AGENTD_LOCAL_SOCKET } from "@nightgate/shared/agentd-local";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_GATE_SOCKET: z.string().default("/run/nightgate/gate/gate.sock"),
  NIGHTGATE_AGENTD_SOCKET: z.string().default(AGENTD_LOCAL_SOCKET),
  NIGHTGATE_RUN: z.string().optional(),
});

export interface CliConfig {
  gateSocket: string;
  agentdSocket: string;
  /** The run in whose shell this was typed. */
  run: string | null;
}

/** Reads the settings once. */
export function readCliConfig(raw: Record<string, string | undefined>): CliConfig {
  const read = readSettings(settings, raw);
  return {
    gateSocket: read.NIGHTGATE_GATE_SOCKET,
    agentdSocket: read.NIGHTGATE_AGENTD_SOCKET,
    run: read.NIGHTGATE_RUN ?? null,
  };
}
