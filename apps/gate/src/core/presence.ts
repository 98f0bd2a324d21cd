/** Who has the gate open right now. A client waits longer while somebody is looking. */
import type { Presence } from "./ports.ts";

export function createPresence(): Presence {
  const open = new Map<string, number>();
  return {
    enter: (_person, organizations) => {
      for (const organization of organizations) open.set(organization, (open.get(organization) ?? 0) + 1);
      let here = true;
      return () => {
        if (!here) return;
        here = false;
        for (const organization of organizations) leave(open, organization);
      };
    },
    isWatched: (organization) => (open.get(organization) ?? 0) > 0,
  };
}

function leave(open: Map<string, number>, organization: string): void {
  const left = (open.get(organization) ?? 0) - 1;
  if (left > 0) open.set(organization, left);
  else open.delete(organization);
}
