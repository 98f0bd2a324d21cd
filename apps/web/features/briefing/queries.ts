/** Reads what a night was, for the composer that every briefing comes from. */
import type { ControlTransaction } from "@nightgate/db/control";
import {
  type Briefing,
  type BriefingHold,
  type BriefingNext,
  type BriefingRun,
  composeBriefing,
} from "@nightgate/shared/briefing";
import { nightHold, nightRun, type NightRunRow } from "@nightgate/shared/briefing-rows";
import { systemClock } from "@nightgate/shared/clock";
import type { TokenCount } from "@nightgate/shared/model-prices";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { asMember, type Member } from "../../server/member.ts";
import { openQuestions, wordsSince } from "../questions/queries.ts";
import { isMorning, nightBegan } from "./present.ts";

export interface BriefingPage {
  briefing: Briefing;
  gateOrigin: string;
}

/** The briefing of the night that ends now. */
export async function openBriefing(member: Member): Promise<BriefingPage> {
  const until = systemClock.now();
  const from = nightBegan(until);
  return await asMember(member, async (tx) => {
    const after = new Date(from);
    const words = await wordsSince(tx, after);
    const briefing = composeBriefing({
      from,
      until,
      runs: await nightRuns(tx, after),
      holds: await nightHolds(tx, after),
      questions: (await openQuestions(tx)).map((row) => ({ ...row, question: row.id })),
      notes: words.filter(({ kind }) => kind === "note"),
      next: await nextFires(tx),
    });
    return { briefing, gateOrigin: addresses().gateOrigin };
  });
}

/** The briefing where it is morning in `zone` and the night was not a quiet one; otherwise null. */
export async function morningBriefing(member: Member, zone: string | null): Promise<BriefingPage | null> {
  if (zone === null || !isMorning(systemClock.now(), zone)) return null;
  const page = await openBriefing(member);
  const { failures, results, settled, notes } = page.briefing;
  return failures.length + results.length + settled.length + notes.length === 0 ? null : page;
}

/** A run that was tried again is told by its last try. */
async function nightRuns(tx: ControlTransaction, after: Date): Promise<BriefingRun[]> {
  const rows = await tx.$queryRaw<NightRunRow[]>`
    SELECT r.id, r.job_id, j.title, coalesce(w.name, r.workstation_id) AS workstation, r.agent, r.state,
      coalesce(r.claim ->> 'summary', r.result) AS result, r.error, r.started_at, r.ended_at, r.tests
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    LEFT JOIN control.workstations w ON w.id = r.workstation_id
    WHERE (r.ended_at >= ${after} OR (r.ended_at IS NULL AND r.state <> 'scheduled'))
      AND NOT EXISTS (SELECT 1 FROM jobs.runs n WHERE n.job_id = r.job_id AND n.attempt > r.attempt AND n.created_at > r.created_at)
    ORDER BY coalesce(r.ended_at, now()) DESC LIMIT ${limits.briefingRunsMax}`;
  const ids = rows.map(({ id }) => id);
  const calls = await callsOf(tx, ids);
  const pushes = await tx.$queryRaw<{ run_id: string; card: unknown }[]>`
    SELECT run_id, card FROM gate.hold_view WHERE run_id = ANY(${ids}::text[]) AND kind = 'git.push' ORDER BY created_at`;
  return rows.map((row) =>
    nightRun(
      row,
      calls.filter((call) => call.run === row.id),
      pushes.filter((push) => push.run_id === row.id).map((push) => push.card),
    ),
  );
}

async function callsOf(tx: ControlTransaction, runs: string[]): Promise<({ run: string } & TokenCount)[]> {
  return await tx.$queryRaw<({ run: string } & TokenCount)[]>`
    SELECT run_id AS run, coalesce(model, '') AS model, sum(input_tokens)::float8 AS "inputTokens",
      sum(cached_input_tokens)::float8 AS "cachedInputTokens", sum(output_tokens)::float8 AS "outputTokens"
    FROM gate.model_call_view WHERE run_id = ANY(${runs}::text[]) GROUP BY run_id, model`;
}

/** What waits, and what workstations had asked for and was settled: the gate's own changes are no part of a night. */
async function nightHolds(tx: ControlTransaction, after: Date): Promise<BriefingHold[]> {
  const rows = await tx.$queryRaw<Parameters<typeof nightHold>[0][]>`
    SELECT h.id, h.kind, h.state, h.card, w.name AS workstation, h.created_at
    FROM gate.hold_view h LEFT JOIN control.workstations w ON w.id = h.workstation_id
    WHERE h.state IN ('pending', 'unknown') OR (h.ended_at >= ${after} AND h.workstation_id IS NOT NULL)
    ORDER BY h.created_at DESC LIMIT ${limits.holdsPerTaskMax}`;
  return rows.map(nightHold);
}

/** What begins within a day, for home. */
export async function readNext(member: Member): Promise<(BriefingNext & { href: string })[]> {
  return await asMember(member, nextFires);
}

/** What begins within a day: by its schedule, or because it was asked for later. */
async function nextFires(tx: ControlTransaction): Promise<(BriefingNext & { href: string })[]> {
  const rows = await tx.$queryRaw<
    { job: string; chain: string | null; name: string; workstation: string; at: Date }[]
  >`
    SELECT f.job_id AS job, c.id AS chain, f.name, coalesce(w.name, j.workstation_id) AS workstation, f.at
    FROM (SELECT job_id, name, next_at AS at FROM jobs.schedules WHERE next_at IS NOT NULL AND NOT paused AND deleted_at IS NULL
      UNION ALL
      SELECT r.job_id, j.title, r.due_at FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE r.state = 'scheduled' AND r.due_at IS NOT NULL) f
    JOIN jobs.jobs j ON j.id = f.job_id LEFT JOIN control.workstations w ON w.id = j.workstation_id
    LEFT JOIN jobs.chains c ON c.job_id = j.id AND c.deleted_at IS NULL
    WHERE f.at < now() + interval '1 day' ORDER BY f.at LIMIT ${limits.nextShownMax}`;
  return rows.map(({ at, job, chain, ...row }) => ({
    ...row,
    href: chain === null ? `/jobs/${job}` : `/chains/${chain}`,
    at: at.getTime(),
  }));
}
