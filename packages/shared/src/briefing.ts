/**
 * The briefing: what became of a night, composed from rows by everybody in the same way (web draws it, the gate sends it as text).
 * Pure. Failures first, then what waits for the person, then results, then what runs next.
 */
import type { RunState } from "./run-states.ts";
import type { TestCounts } from "./verbs/human-verbs.ts";

export interface BriefingDiff {
  files: number;
  additions: number;
  deletions: number;
}

export interface BriefingRun {
  run: string;
  job: string;
  /** In the words of whoever queued it. */
  title: string;
  /** Its name, such as `atlas`. */
  workstation: string;
  agent: string;
  state: RunState;
  /** The agent's own words about what it did; empty where it said nothing. */
  result: string;
  error: string;
  startedAt: number | null;
  endedAt: number | null;
  /** Dollars of its model calls; null where a price is not known, and never 0 for that. */
  cost: number | null;
  diff: BriefingDiff | null;
  /** What the agent has said of them; null where it has said nothing. */
  tests: TestCounts | null;
}

export interface BriefingHold {
  hold: string;
  title: string;
  workstation: string | null;
  state: string;
  /** Flags of the level danger. */
  dangers: number;
  createdAt: number;
}

export interface BriefingQuestion {
  question: string;
  run: string | null;
  job: string | null;
  workstation: string;
  /** The agent's words. */
  text: string;
  urgent: boolean;
  deadline: number | null;
  createdAt: number;
}

export interface BriefingNote {
  workstation: string;
  /** The agent's words. */
  text: string;
  createdAt: number;
}

export interface BriefingNext {
  name: string;
  workstation: string;
  at: number;
}

/** Rows of one organization; times in milliseconds since the epoch. */
export interface BriefingRows {
  from: number;
  until: number;
  runs: readonly BriefingRun[];
  holds: readonly BriefingHold[];
  questions: readonly BriefingQuestion[];
  notes: readonly BriefingNote[];
  next: readonly BriefingNext[];
}

export interface Briefing {
  from: number;
  until: number;
  /** Nothing happened and nothing waits. */
  quiet: boolean;
  headline: string;
  /** Ended badly, and stopped without an end: failed first, newest first in each. */
  failures: BriefingRun[];
  /** Holds that wait for a decision, the most dangerous first. */
  waiting: BriefingHold[];
  /** Holds that were settled in the night. */
  settled: BriefingHold[];
  questions: BriefingQuestion[];
  notes: BriefingNote[];
  /** Ended well. */
  results: BriefingRun[];
  /** Still at work or in line. */
  going: BriefingRun[];
  next: BriefingNext[];
  /** Of the runs whose cost is known. */
  cost: number;
  /** Runs that worked and whose cost nobody knows. */
  costUnknown: number;
  workedMs: number;
}

const ENDED_BADLY: readonly RunState[] = ["failed", "timed_out", "upstream_failed"];
const STOPPED: readonly RunState[] = ["stalled", "needs_auth"];
const ENDED_WELL: readonly RunState[] = ["succeeded"];
const OF_NO_INTEREST: readonly RunState[] = ["cancelled", "skipped"];

/** Composes the briefing of a night. Rows outside of it are the caller's to leave out. */
export function composeBriefing(rows: BriefingRows): Briefing {
  const of = (states: readonly RunState[]): BriefingRun[] =>
    rows.runs.filter(({ state }) => states.includes(state)).toSorted(newestFirst);
  const failures = [...of(ENDED_BADLY), ...of(STOPPED)];
  const results = of(ENDED_WELL);
  const told = new Set([...ENDED_BADLY, ...STOPPED, ...ENDED_WELL, ...OF_NO_INTEREST]);
  const going = rows.runs.filter(({ state }) => !told.has(state)).toSorted(newestFirst);
  const waiting = rows.holds
    .filter(({ state }) => state === "pending" || state === "unknown")
    .toSorted((a, b) => b.dangers - a.dangers || a.createdAt - b.createdAt);
  const settled = rows.holds.filter(({ state }) => !["pending", "unknown", "superseded"].includes(state));
  const questions = rows.questions.toSorted(
    (a, b) => Number(b.urgent) - Number(a.urgent) || a.createdAt - b.createdAt,
  );
  const parts = { failures, waiting, settled, questions, results, going };
  return {
    from: rows.from,
    until: rows.until,
    quiet: Object.values(parts).every((part) => part.length === 0) && rows.notes.length === 0,
    headline: headlineOf(parts),
    ...parts,
    notes: once(rows.notes).toSorted((a, b) => a.createdAt - b.createdAt),
    next: rows.next.toSorted((a, b) => a.at - b.at),
    cost: rows.runs.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
    costUnknown: rows.runs.filter(({ cost, startedAt }) => cost === null && startedAt !== null).length,
    workedMs: rows.runs.reduce((sum, run) => sum + workedMs(run, rows), 0),
  };
}

/** What was written for several channels at one moment is one thing. */
function once(notes: readonly BriefingNote[]): BriefingNote[] {
  const same = (a: BriefingNote, b: BriefingNote): boolean =>
    a.createdAt === b.createdAt && a.text === b.text && a.workstation === b.workstation;
  return notes.filter((note, at) => notes.findIndex((each) => same(each, note)) === at);
}

function newestFirst(a: BriefingRun, b: BriefingRun): number {
  return (b.endedAt ?? b.startedAt ?? 0) - (a.endedAt ?? a.startedAt ?? 0);
}

function workedMs({ startedAt, endedAt }: BriefingRun, { from, until }: BriefingRows): number {
  return startedAt === null ? 0 : Math.max(0, Math.min(endedAt ?? until, until) - Math.max(startedAt, from));
}

type Parts = Pick<Briefing, "failures" | "waiting" | "questions" | "results" | "going" | "settled">;

function headlineOf({ failures, waiting, questions, results, going, settled }: Parts): string {
  const said = [
    failures.length > 0 && `${failures.length} went wrong`,
    waiting.length > 0 && `${count(waiting.length, "hold waits", "holds wait")} for you`,
    questions.length > 0 && count(questions.length, "question", "questions"),
    results.length > 0 && count(results.length, "task done", "tasks done"),
    going.length > 0 && `${going.length} still going`,
  ].filter((words) => words !== false);
  if (said.length > 0) return said.join(", ");
  return settled.length > 0 ? count(settled.length, "hold settled", "holds settled") : "A quiet night";
}

export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** "12 tests passed", "12 tests passed, 1 failed, 2 skipped": by an agent's words. */
export function testWords({ passed, failed, skipped }: TestCounts): string {
  const rest = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  return [count(passed, "test passed", "tests passed"), ...rest]
    .filter((words) => words !== false)
    .join(", ");
}

/** Dollars for people: cents below a hundred dollars, and what is less than a cent is said so. */
export function dollars(amount: number): string {
  if (amount > 0 && amount < 0.01) return "under $0.01";
  return amount < 100 ? `$${amount.toFixed(2)}` : `$${Math.round(amount)}`;
}
