/** `nightgate whoami`: where this is, and whether its two ways out answer. */
import { agentdStatus } from "@nightgate/shared/agentd-local";
import { Problem } from "@nightgate/shared/problems";
import { askJson } from "../ask.ts";
import type { CliConfig } from "../env.ts";

/** The status, as JSON or as lines. */
export async function whoami(config: CliConfig, { json }: { json: boolean }): Promise<string> {
  const status = await askJson({ socketPath: config.agentdSocket, path: "/status" }, agentdStatus).catch(
    (cause: unknown) => {
      throw cause instanceof Problem && cause.code === "gate.away"
        ? new Problem("agentd.away", {}, { cause })
        : cause;
    },
  );
  if (json) return JSON.stringify({ ...status, run: config.run }, null, 2);
  return [
    `workstation  ${status.workstation ?? "not known yet: the gate has not answered"}`,
    `run          ${config.run ?? "none: this shell was not started by a run"}`,
    `gate         ${status.gateAnswers ? "answers" : "does not answer; there is no way out at the moment"}`,
    `runner       ${status.runnerConnected ? "connected" : "not connected; runs go on and catch up later"}`,
    `agentd       ${status.version}`,
  ].join("\n");
}
