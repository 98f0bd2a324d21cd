/** `nightgate holds`: what is held, what became of it, and waiting for it with an exit code that scripts can use. */
import type { HoldState } from "@nightgate/shared/hold-states";
import { holdId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { type HoldInside, holdInside } from "@nightgate/shared/workstation-environment";
import { z } from "zod";
import { askJson } from "../ask.ts";
import type { CliConfig } from "../env.ts";
import { LIMITS } from "../limits.ts";

/** What `holds wait` exits with; the contract inside a workstation names them. */
export const WAIT_EXITS: Record<HoldState, number> = {
  released: 0,
  rejected: 3,
  expired: 4,
  failed: 5,
  unknown: 5,
  withdrawn: 3,
  superseded: 3,
  pending: 75,
  approved: 75,
  releasing: 75,
};

/** The list, as JSON or as lines. */
export async function listHolds(config: CliConfig, { json }: { json: boolean }): Promise<string> {
  const holds = await askJson(
    { socketPath: config.gateSocket, path: "/nightgate/holds", run: config.run },
    z.array(holdInside),
  );
  if (json) return JSON.stringify(holds, null, 2);
  if (holds.length === 0) return "Nothing is held.";
  return holds.map(holdLine).join("\n");
}

/** Waits up to a minute. Answers what to print and what to exit with. */
export async function waitForHold(
  config: CliConfig,
  id: string,
  { json }: { json: boolean },
): Promise<{ text: string; exit: number }> {
  if (!holdId.safeParse(id).success)
    throw new Problem("input.invalid", { why: `${id} is not the name of a hold; it looks like H-7K2M9QXD` });
  const hold = await askJson(
    {
      socketPath: config.gateSocket,
      path: `/nightgate/holds/${id}?waitSeconds=${LIMITS.holdWaitSeconds}`,
      run: config.run,
    },
    holdInside,
  );
  const exit = WAIT_EXITS[hold.state as HoldState] ?? WAIT_EXITS.unknown;
  if (json) return { text: JSON.stringify(hold, null, 2), exit };
  const more =
    exit === 75 ? "\nNobody has decided yet. End your turn: you will be resumed with the answer." : "";
  return { text: `${holdLine(hold)}${more}`, exit };
}

function holdLine({ id, state, title, words }: HoldInside): string {
  return `${id}  ${state.padEnd(10)}  ${title}${words === "" ? "" : `\n            ${words}`}`;
}
