/** The rows of a briefing from those of the database, for everybody who reads them (web as its page, the gate as messages). Pure. */
import type { BriefingDiff, BriefingHold, BriefingRun } from "./briefing.ts";
import { card } from "./card.ts";
import { costOf, type TokenCount } from "./model-prices.ts";
import { RUN_STATES } from "./run-states.ts";
import { testCounts } from "./verbs/human-verbs.ts";

const WORDS_MAX = 600;

/** A run, as both who tell of a night read it. */
export interface NightRunRow {
  id: string;
  job_id: string;
  title: string;
  workstation: string;
  agent: string;
  state: string;
  result: string;
  error: string;
  started_at: Date | null;
  ended_at: Date | null;
  tests: unknown;
}

/** `pushes` are the cards of its pushes, the newest last. */
export function nightRun(
  row: NightRunRow,
  calls: readonly TokenCount[],
  pushes: readonly unknown[],
): BriefingRun {
  return {
    run: row.id,
    job: row.job_id,
    title: row.title,
    workstation: row.workstation,
    agent: row.agent,
    state: RUN_STATES.find((state) => state === row.state) ?? "failed",
    result: row.result.slice(0, WORDS_MAX),
    error: row.error.slice(0, WORDS_MAX),
    startedAt: row.started_at?.getTime() ?? null,
    endedAt: row.ended_at?.getTime() ?? null,
    cost: costOfCalls(calls),
    diff: pushes.map(diffOf).findLast((diff) => diff !== null) ?? null,
    tests: testCounts.safeParse(row.tests).data ?? null,
  };
}

/** Null as soon as one price is not known: an unknown cost must not look like a small one. */
function costOfCalls(calls: readonly TokenCount[]): number | null {
  let sum = 0;
  for (const call of calls) {
    const cost = call.inputTokens + call.outputTokens === 0 ? 0 : costOf(call);
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}

/** The size of a push, as the gate's card says it: "3 commits; 2 files, +21 −4". */
function diffOf(shown: unknown): BriefingDiff | null {
  const read = card.safeParse(shown);
  for (const { value } of read.success ? read.data.facts : []) {
    const found = /(\d+) files?, \+(\d+) −(\d+)/u.exec(value);
    if (found !== null)
      return { files: Number(found[1]), additions: Number(found[2]), deletions: Number(found[3]) };
  }
  return null;
}

/** A hold of the night, by what its card says. */
export function nightHold(row: {
  id: string;
  kind: string;
  state: string;
  card: unknown;
  workstation: string | null;
  created_at: Date;
}): BriefingHold {
  const read = card.safeParse(row.card);
  return {
    hold: row.id,
    title: read.success ? read.data.title : row.kind,
    workstation: row.workstation,
    state: row.state,
    dangers: read.success ? read.data.flags.filter(({ level }) => level === "danger").length : 0,
    createdAt: row.created_at.getTime(),
  };
}
