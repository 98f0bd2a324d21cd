/**
 * How the last model call of each run went, for agentd: some agents repeat a refused call without end and say nothing, so their
 * turn has to be ended from outside. Memory only: the next refused call says it again.
 */
import { MODEL_LIMITS } from "./limits.ts";

interface LastCall {
  underWay: number;
  /** Of the newest answer; null before the first. */
  status: number | null;
  atMs: number;
}

export interface LastCalls {
  began(workstation: string, run: string | null): void;
  /** `status` is null where nothing was answered. */
  ended(workstation: string, run: string | null, status: number | null): void;
  /** The refusal that a run stands before: nothing is under way and the newest answer was a refusal. Null otherwise. */
  refused(workstation: string, run: string): { status: number; ageMs: number } | null;
}

/** What a person or time has to put right; the same that stops the providers' own clients. */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 429, 529]);

export function createLastCalls(now: () => number): LastCalls {
  const calls = new Map<string, LastCall>();
  const keyOf = (workstation: string, run: string): string => `${workstation} ${run}`;
  return {
    began: (workstation, run) => {
      if (run === null) return;
      const key = keyOf(workstation, run);
      const known = calls.get(key) ?? { underWay: 0, status: null, atMs: 0 };
      // The newest last, so that the oldest is forgotten first.
      calls.delete(key);
      calls.set(key, { ...known, underWay: known.underWay + 1 });
      const oldest = calls.keys().next().value;
      if (calls.size > MODEL_LIMITS.runsRememberedMax && oldest !== undefined) calls.delete(oldest);
    },
    ended: (workstation, run, status) => {
      const known = run === null ? undefined : calls.get(keyOf(workstation, run));
      if (known === undefined) return;
      known.underWay = Math.max(0, known.underWay - 1);
      if (status !== null) Object.assign(known, { status, atMs: now() });
    },
    refused: (workstation, run) => {
      const known = calls.get(keyOf(workstation, run));
      if (known === undefined || known.underWay > 0 || known.status === null) return null;
      if (!REFUSALS.has(known.status)) return null;
      return { status: known.status, ageMs: now() - known.atMs };
    },
  };
}
