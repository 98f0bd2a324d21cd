/** Counts what each owner has under way, and refuses more than it may have at once (invariant 12). */
import { Problem } from "@nightgate/shared/problems";

/** A gate for work: runs it, or throws Problem too-many when `owner` has `max` running already. */
export function atMost(
  max: number,
  what: string,
): (owner: string, work: () => Promise<void>) => Promise<void> {
  const running = new Map<string, number>();
  return async (owner, work) => {
    const count = running.get(owner) ?? 0;
    if (count >= max) throw new Problem("too-many", { what, limit: max });
    running.set(owner, count + 1);
    try {
      await work();
    } finally {
      const left = (running.get(owner) ?? 1) - 1;
      if (left > 0) running.set(owner, left);
      else running.delete(owner);
    }
  };
}
