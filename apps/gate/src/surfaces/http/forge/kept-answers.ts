/**
 * What a host answered to a request that was sent after its client had gone: kept on the gate's disk until the same workstation asks for the same
 * once more, and given once (H29). After that the same bytes are a new request (H30).
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { holdId } from "@nightgate/shared/ids";
import { z } from "zod";
import { readIfPresent, removeDurably, writeDurably } from "../../../journal/durable-file.ts";

const keptAnswer = z.strictObject({ status: z.int().min(100).max(599), type: z.string(), body: z.string() });
export type KeptAnswer = z.infer<typeof keptAnswer>;

export interface KeptAnswers {
  keep(hold: string, answer: KeptAnswer): void;
  /** The answer, which is forgotten with that; null where there is none (any more). */
  take(hold: string): KeptAnswer | null;
}

/** `keptMs`: what nobody collects is forgotten after that. */
export function openKeptAnswers(folder: string, clock: Clock, keptMs: number): KeptAnswers {
  const fileOf = (hold: string): string => join(folder, `${holdId.parse(hold)}.json`);
  return {
    keep: (hold, answer) => {
      writeDurably(fileOf(hold), JSON.stringify(answer));
      forgetOld(folder, clock.now() - keptMs);
    },
    take: (hold) => {
      const text = readIfPresent(fileOf(hold));
      if (text === null) return null;
      removeDurably(fileOf(hold));
      return keptAnswer.parse(JSON.parse(text));
    },
  };
}

function forgetOld(folder: string, before: number): void {
  for (const name of readdirSync(folder))
    if (statSync(join(folder, name)).mtimeMs < before) removeDurably(join(folder, name));
}
