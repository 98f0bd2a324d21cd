/** Every field of a chain and of its nights that leaves the server, listed. Pure. */
import type { Chain, ChainJob } from "@nightgate/chains/chain";
import { parseChain } from "@nightgate/chains/parse-chain";
import { RUN_STATES } from "@nightgate/shared/run-states";
import { nextFires } from "@nightgate/shared/schedule-times";
import { cut, milliseconds } from "../../server/plain.ts";
import { TASK_STATES, type Tone } from "../../ui/task-states.ts";
import { instantWords } from "../schedules/present.ts";
import { layoutOf, type Layout } from "./layout.ts";

export interface StateWords {
  label: string;
  tone: Tone;
  live: boolean;
}

export interface ChainJobView {
  name: string;
  needs: string[];
  locks: string[];
  /** What does it: `claude`, `a command`, `memory.consolidate`. */
  by: string;
  hasTriage: boolean;
  /** It does not run in every night. */
  hasCondition: boolean;
  /** Null before there is a night. */
  state: StateWords | null;
  triage: { outcome: string; tone: Tone } | null;
  /** The task to look at; null before there is one. */
  task: string | null;
  words: string;
  startedAt: number | null;
  endedAt: number | null;
}

export interface NightView {
  id: string;
  state: StateWords;
  over: boolean;
  reason: "schedule" | "manual";
  fireAt: number;
  timeZone: string;
  /** The instant that its jobs see, as clocks in its zone have it: not when it began, which may be another day. */
  plays: string;
  startedAt: number | null;
  endedAt: number | null;
}

export interface FireView {
  at: number;
  timeZone: string;
  /** As clocks in its zone have it. */
  words: string;
}

export interface ChainRow {
  id: string;
  name: string;
  document: string;
  workstation: string;
  enabled: boolean;
}
export interface NightRow {
  id: string;
  state: string;
  reason: string;
  fire_at: Date;
  time_zone: string;
  started_at: Date | null;
  ended_at: Date | null;
}
export interface NightJobRow {
  key: string;
  state: string;
  run_state: string | null;
  job_id: string | null;
  triage_outcome: string | null;
  result: string;
  error: string;
  started_at: Date | null;
  ended_at: Date | null;
}

const WORDS_MAX = 600;
const FIRES_SHOWN = 5;

const NIGHT_STATES: Record<string, StateWords> = {
  queued: { label: "Waits for the night before", tone: "neutral", live: true },
  running: { label: "Under way", tone: "accent", live: true },
  cancelling: { label: "Being cancelled", tone: "neutral", live: true },
  succeeded: { label: "Went well", tone: "good", live: false },
  failed: { label: "Went wrong", tone: "bad", live: false },
  cancelled: { label: "Cancelled", tone: "neutral", live: false },
};
const JOB_STATES: Record<string, StateWords> = {
  waiting: { label: "Waiting", tone: "neutral", live: false },
  triage: { label: "Being checked", tone: "accent", live: true },
  /** A run of a chain is in line at once; only a next attempt has a time of its own. */
  scheduled: { label: "Tries again soon", tone: "warn", live: true },
};
const TRIAGE_TONES: Record<string, Tone> = { GREEN: "good", YELLOW: "warn", RED: "bad", ERROR: "bad" };

/** What a document means; null for one that this version cannot read. */
export function readDocument(document: string): Chain | null {
  const parsed = parseChain(document);
  return parsed.ok ? parsed.chain : null;
}

export function presentNight(row: NightRow): NightView {
  return {
    id: row.id,
    state: NIGHT_STATES[row.state] ?? { label: row.state, tone: "neutral", live: false },
    over: row.ended_at !== null,
    reason: row.reason === "manual" ? "manual" : "schedule",
    fireAt: row.fire_at.getTime(),
    timeZone: row.time_zone,
    plays: instantWords(row.fire_at, row.time_zone),
    startedAt: milliseconds(row.started_at),
    endedAt: milliseconds(row.ended_at),
  };
}

/** The jobs of a chain, as they stand in a night where `rows` are given. */
export function presentJobs(chain: Chain, rows: readonly NightJobRow[]): ChainJobView[] {
  const seen = new Map(rows.map((row) => [row.key, row]));
  return chain.jobs.map((job) => {
    const row = seen.get(job.name);
    return {
      name: job.name,
      needs: job.needs,
      locks: job.locks.map(({ name }) => name),
      by: worker(job),
      hasTriage: job.work.kind === "agent" && job.work.triage !== null,
      hasCondition: job.if !== null,
      ...standing(row),
    };
  });
}

function worker({ work }: ChainJob): string {
  switch (work.kind) {
    case "agent":
      return work.agent;
    case "builtin":
      return work.builtin;
    case "command":
      return work.run;
  }
}

type Standing = Pick<ChainJobView, "state" | "triage" | "task" | "words" | "startedAt" | "endedAt">;

function standing(row: NightJobRow | undefined): Standing {
  if (row === undefined)
    return { state: null, triage: null, task: null, words: "", startedAt: null, endedAt: null };
  const outcome = row.triage_outcome;
  return {
    state: jobState(row),
    triage: outcome === null ? null : { outcome, tone: TRIAGE_TONES[outcome] ?? "neutral" },
    task: row.job_id,
    words: cut(row.error || row.result, WORDS_MAX),
    startedAt: milliseconds(row.started_at),
    endedAt: milliseconds(row.ended_at),
  };
}

/** While it runs it is as its run is: waiting for a hold, for an answer, for a limit to end. */
function jobState(row: NightJobRow): StateWords {
  const wanted = row.state === "running" ? (row.run_state ?? "queued") : row.state;
  const own = JOB_STATES[wanted];
  if (own !== undefined) return own;
  const known = RUN_STATES.find((state) => state === wanted) ?? "queued";
  const { label, tone, live } = TASK_STATES[known];
  return { label, tone, live };
}

export function pictureOf(jobs: readonly Pick<ChainJobView, "name" | "needs">[]): Layout {
  return layoutOf(new Map(jobs.map(({ name, needs }) => [name, needs])));
}

/** The next fires of all its schedules, in milliseconds since the epoch. `timeZone` is for schedules that name none. */
export function chainFires(chain: Chain, timeZone: string, now: Date): FireView[] {
  return chain.schedules
    .flatMap((schedule) => {
      const zone = schedule.timeZone ?? timeZone;
      return nextFires(schedule.cron, zone, now, FIRES_SHOWN).map((at) => ({
        at: at.getTime(),
        timeZone: zone,
        words: instantWords(at, zone),
      }));
    })
    .toSorted((one, other) => one.at - other.at)
    .slice(0, FIRES_SHOWN);
}
