/** The order of a chain: who needs whom. */

/** A cycle, from a job back to itself; null if there is none. */
export function findCycle(needs: ReadonlyMap<string, readonly string[]>): string[] | null {
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (job: string): string[] | null => {
    if (state.get(job) === "done") return null;
    if (state.get(job) === "open") return [...path.slice(path.indexOf(job)), job];
    state.set(job, "open");
    path.push(job);
    for (const needed of needs.get(job) ?? []) {
      const cycle = visit(needed);
      if (cycle !== null) return cycle;
    }
    path.pop();
    state.set(job, "done");
    return null;
  };
  for (const job of needs.keys()) {
    const cycle = visit(job);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Jobs in layers: each needs only jobs of earlier layers, and stands in the first layer that this allows. Without cycles only. */
export function layers(needs: ReadonlyMap<string, readonly string[]>): string[][] {
  const depth = new Map<string, number>();
  const depthOf = (job: string): number => {
    const known = depth.get(job);
    if (known !== undefined) return known;
    const found = 1 + Math.max(-1, ...(needs.get(job) ?? []).map(depthOf));
    depth.set(job, found);
    return found;
  };
  const found: string[][] = [];
  for (const job of needs.keys()) (found[depthOf(job)] ??= []).push(job);
  return found;
}
