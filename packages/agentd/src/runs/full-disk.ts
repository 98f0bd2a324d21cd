/** A workstation's home without room: what was said to be recorded must be, so it is tried until there is room. */
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../limits.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);

export function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && FULL.has(error.code);
}

/** What whoever asked is told, where it cannot wait. */
export const FULL_WORDS =
  "The disk of this workstation is full, so nothing was begun. Make room in its home, then start the task again.";

/** Does it as soon as there is room. Other errors are thrown. */
export async function onceThereIsRoom(clock: Clock, write: () => Promise<void>): Promise<void> {
  for (let pauseMs: number = LIMITS.retryMsMin; ; pauseMs = Math.min(pauseMs * 2, LIMITS.retryMsMax)) {
    try {
      return await write();
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    await clock.wait(pauseMs);
  }
}
