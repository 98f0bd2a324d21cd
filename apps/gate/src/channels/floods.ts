/** Counts what each sender sends, per minute: what is more is not looked at. A bounded memory: the longest silent are forgotten first. */
export interface Floods {
  /** True while the sender is within the limit; counts this one. */
  allows(sender: string): boolean;
}

export function createFloods(options: {
  now: () => number;
  windowMs: number;
  max: number;
  sendersMax: number;
}): Floods {
  const { now, windowMs, max, sendersMax } = options;
  const seen = new Map<string, { since: number; count: number }>();
  return {
    allows: (sender) => {
      const known = seen.get(sender);
      const current =
        known === undefined || now() - known.since >= windowMs ? { since: now(), count: 0 } : known;
      current.count += 1;
      seen.delete(sender);
      seen.set(sender, current);
      const oldest = seen.size > sendersMax ? seen.keys().next().value : undefined;
      if (oldest !== undefined) seen.delete(oldest);
      return current.count <= max;
    },
  };
}
