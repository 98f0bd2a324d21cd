/**
 * Receipts of what was refused without a hold. An agent that hammers a closed door must not fill the log: a workstation has at most one such
 * entry a minute, with what it asked for most and how often.
 */
import type { Clock } from "@nightgate/shared/clock";
import { visibleText } from "@nightgate/shared/visible-text";
import type { CoreLog, Store } from "./store-ports.ts";

export interface Denial {
  organization: string;
  workstation: string;
  run: string | null;
  /** What was asked for: "GET evil.example". */
  what: string;
  /** The sentence that the client got. */
  why: string;
}

export interface Denials {
  note(denial: Denial): void;
  /** Writes what is left and ends. */
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;
/** Different things per workstation and entry; what is beyond is counted together. */
const WHATS_MAX = 20;
/** Workstations that are remembered between two writes. */
const WORKSTATIONS_MAX = 2_000;
const WHAT_CHARACTERS_MAX = 80;
const WHY_CHARACTERS_MAX = 500;

interface Noted {
  organization: string;
  workstation: string;
  run: string | null;
  why: string;
  counts: Map<string, number>;
  others: number;
}

/** Starts to write every minute. A store that is away gets the same again later. */
export function createDenials(options: { store: Pick<Store, "write">; clock: Clock; log: CoreLog }): Denials {
  const { clock, log } = options;
  const stopping = new AbortController();
  const noted = new Map<string, Noted>();
  const flush = async (): Promise<void> => {
    for (const [key, each] of noted) {
      noted.delete(key);
      await write(options.store, each).catch((error: unknown) => {
        log.warn(
          { organization: each.organization, error },
          "refusals were not written; they are tried again",
        );
        const since = noted.get(key);
        noted.set(key, since ? merged(each, since) : each);
      });
      // What was put back is for the next time.
      if (noted.has(key)) return;
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await clock.wait(EVERY_MS, stopping.signal).catch((stopped: unknown) => stopped);
      await flush();
    }
  })();
  return {
    note: (denial) => {
      const key = `${denial.organization} ${denial.workstation}`;
      const known = noted.get(key);
      if (!known && noted.size >= WORKSTATIONS_MAX) return;
      const group: Noted = known ?? { ...denial, counts: new Map(), others: 0 };
      noted.set(key, group);
      count(group, visibleText(denial.what).slice(0, WHAT_CHARACTERS_MAX), 1);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function count(group: Noted, what: string, times: number): void {
  const known = group.counts.get(what);
  if (known === undefined && group.counts.size >= WHATS_MAX) group.others += times;
  else group.counts.set(what, (known ?? 0) + times);
}

function merged(earlier: Noted, later: Noted): Noted {
  for (const [what, times] of later.counts) count(earlier, what, times);
  earlier.others += later.others;
  return earlier;
}

async function write(store: Pick<Store, "write">, group: Noted): Promise<void> {
  const { organization, workstation, run, counts, others } = group;
  const most = [...counts].toSorted(([, one], [, other]) => other - one);
  const what = most.map(([name, times]) => (times === 1 ? name : `${name} (${times} times)`));
  if (others > 0) what.push(`${others} others`);
  await store.write(organization, async (unit) => {
    unit.receipt({
      kind: "refused",
      workstation,
      run,
      what: what.join(", "),
      why: group.why.slice(0, WHY_CHARACTERS_MAX),
    });
  });
}
