/** Keeps the workstation's system files in step with what the gate says: certificates once, resources again and again. */
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import {
  workstationEnvironment,
  type WorkstationEnvironment,
} from "@nightgate/shared/workstation-environment";
import type { Logger } from "pino";
import type { GateClient } from "../connection/gate-client.ts";
import { LIMITS } from "../limits.ts";
import { agentConfigFiles } from "./agent-config.ts";
import { installCertificate } from "./certificates.ts";
import { gitconfig } from "./gitconfig.ts";
import { installInstructions } from "./instructions.ts";
import { agentVariables, environmentFile, profileScript, type VariableOptions } from "./variables.ts";
import { writeIfChanged } from "./write-if-changed.ts";

export interface SurroundingsOptions extends VariableOptions {
  /** `/`, or a folder in tests. */
  root: string;
  gate: GateClient;
  clock: Clock;
  log: Logger;
}

export interface Surroundings {
  /** Variables for a program started now. */
  variables(): Record<string, string>;
  /** What the gate said last; null before it has said anything. */
  environment(): WorkstationEnvironment | null;
  /** Asks the gate now. Keeps what is known if it does not answer. */
  refresh(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Writes what needs no gate, then keeps asking it until stopped. */
export async function keepSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { root, gate, clock, log } = options;
  let known: WorkstationEnvironment | null = null;
  let certified = false;
  const stopping = new AbortController();
  const variables = (): Record<string, string> => agentVariables(known, options);

  const write = async (): Promise<void> => {
    await writeIfChanged(join(root, "/etc/gitconfig"), gitconfig(known));
    await writeIfChanged(join(root, "/etc/environment"), environmentFile(variables()));
    await writeIfChanged(join(root, "/etc/profile.d/nightgate-surroundings.sh"), profileScript(variables()));
    for (const { path, content } of agentConfigFiles(known)) await writeIfChanged(join(root, path), content);
    const proxy = `http://127.0.0.1:${options.proxyPort}`;
    await writeIfChanged(
      join(root, "/etc/apt/apt.conf.d/95nightgate-proxy"),
      `Acquire::http::Proxy "${proxy}";\nAcquire::https::Proxy "${proxy}";\n`,
    );
  };
  const refresh = async (): Promise<boolean> => {
    try {
      if (!certified) {
        await installCertificate(root, (await gate.get("/nightgate/ca.pem")).toString("utf8"));
        certified = true;
      }
      known = workstationEnvironment.parse(
        JSON.parse((await gate.get("/nightgate/environment")).toString("utf8")),
      );
      await write();
      return true;
    } catch (error) {
      log.debug({ err: error }, "The gate did not say how things are; what was known still counts.");
      return false;
    }
  };
  const poll = async (): Promise<void> => {
    let pauseMs: number = LIMITS.retryMsMin;
    while (!stopping.signal.aborted) {
      const answered = await refresh();
      pauseMs = answered ? LIMITS.surroundingsPollMs : Math.min(pauseMs * 2, LIMITS.retryMsMax);
      // Being told to stop ends the pause early.
      await clock.wait(pauseMs, stopping.signal).catch(String);
    }
  };

  await write();
  await installInstructions(root);
  const polling = poll();
  return {
    variables,
    environment: () => known,
    refresh,
    stop: async () => {
      stopping.abort();
      await polling;
    },
  };
}
