/** What a night was, and the rows of a briefing from those of the database. Pure. */
import type { BriefingDiff, BriefingHold, BriefingRun } from "@nightgate/shared/briefing";
import { card } from "@nightgate/shared/card";
import { costOf, type TokenCount } from "@nightgate/shared/model-prices";
import { RUN_STATES } from "@nightgate/shared/run-states";
import { cut, milliseconds } from "../../server/plain.ts";

const HOUR_MS = 3_600_000;
/** What is told in the morning began at most so long before. */
const NIGHT_HOURS = 14;
const MORNING_FROM = 4;
const MORNING_TO = 12;
const WORDS_MAX = 600;

/** The beginning of the night that ends now. */
export function nightBegan(now: number): number {
  return now - NIGHT_HOURS * HOUR_MS;
}

/** True where it is morning: then home opens with what the night has brought. */
export function isMorning(now: number, timeZone: string): boolean {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(now),
  );
  return hour >= MORNING_FROM && hour < MORNING_TO;
}

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
    result: cut(row.result, WORDS_MAX),
    error: cut(row.error, WORDS_MAX),
    startedAt: milliseconds(row.started_at),
    endedAt: milliseconds(row.ended_at),
    cost: costOfCalls(calls),
    diff: pushes.map(diffOf).findLast((diff) => diff !== null) ?? null,
    tests: null,
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
export function diffOf(shown: unknown): BriefingDiff | null {
  const read = card.safeParse(shown);
  for (const { value } of read.success ? read.data.facts : []) {
    const found = /(\d+) files?, \+(\d+) −(\d+)/u.exec(value);
    if (found !== null)
      return { files: Number(found[1]), additions: Number(found[2]), deletions: Number(found[3]) };
  }
  return null;
}

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
