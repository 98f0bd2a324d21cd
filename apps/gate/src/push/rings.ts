/**
 * Against tap fatigue (attack N3): of one workstation a device hears only so many sounds in a row, then ever fewer, each twice as late as the
 * one before; what comes in between arrives silently. An hour of calm, and it is all forgotten. Nothing is dropped.
 */
import type { Clock } from "@nightgate/shared/clock";
import { PUSH_LIMITS } from "./limits.ts";

export interface Rings {
  /** Whether this message may make a sound. The same message gets the same answer at each attempt. */
  mayRing(device: string, workstation: string, message: bigint): boolean;
}

interface Heard {
  lastAskedAt: number;
  nextAt: number;
  rings: number;
  last: { message: bigint; rang: boolean } | null;
}

export function createRings({ clock }: { clock: Clock }): Rings {
  const heard = new Map<string, Heard>();
  return {
    mayRing: (device, workstation, message) => {
      const key = `${device} ${workstation}`;
      const now = clock.now();
      const before = heard.get(key);
      if (before?.last?.message === message) return before.last.rang;
      const calm = before === undefined || now - before.lastAskedAt > PUSH_LIMITS.calmMs;
      const { rings, nextAt } = calm ? { rings: 0, nextAt: 0 } : before;
      const rang = now >= nextAt;
      const count = rang ? rings + 1 : rings;
      const waitMs = rang ? pauseAfter(count) : 0;
      heard.delete(key);
      heard.set(key, {
        lastAskedAt: now,
        rings: count,
        nextAt: rang ? now + waitMs : nextAt,
        last: { message, rang },
      });
      const oldest = heard.size > PUSH_LIMITS.ringsKeptMax ? heard.keys().next().value : undefined;
      if (oldest !== undefined) heard.delete(oldest);
      return rang;
    },
  };
}

function pauseAfter(rings: number): number {
  const over = rings - PUSH_LIMITS.ringsInARowMax;
  return over < 0 ? 0 : Math.min(PUSH_LIMITS.pauseMsMin * 2 ** over, PUSH_LIMITS.pauseMsMax);
}
