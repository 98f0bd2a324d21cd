/** Counts what each workstation has going on at the same time, and says no beyond the limit (invariant 12). */
import { Problem } from "@nightgate/shared/problems";

export interface AtOnce {
  /** Throws Problem too-many; otherwise returns how it leaves again (to be called once). */
  enter(workstation: string): () => void;
}

/** `what` names it in the sentence: "model calls". */
export function createAtOnce(what: string, limit: number): AtOnce {
  const counts = new Map<string, number>();
  return {
    enter: (workstation) => {
      const before = counts.get(workstation) ?? 0;
      if (before >= limit) throw new Problem("too-many", { what, limit });
      counts.set(workstation, before + 1);
      return () => {
        const left = (counts.get(workstation) ?? 1) - 1;
        if (left > 0) counts.set(workstation, left);
        else counts.delete(workstation);
      };
    },
  };
}
