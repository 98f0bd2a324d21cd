/** Reads what a night was from the rows of others, as the composer wants it. Rows are good enough to tell of, and for nothing else. */
import type { GateTransaction } from "@nightgate/db/gate";
import type {
  BriefingHold,
  BriefingNext,
  BriefingNote,
  BriefingQuestion,
  BriefingRows,
  BriefingRun,
} from "@nightgate/shared/briefing";
import { nightHold, nightRun, type NightRunRow } from "@nightgate/shared/briefing-rows";
import type { TokenCount } from "@nightgate/shared/model-prices";
import { CHANNEL_LIMITS } from "./limits.ts";

const { briefingRowsMax } = CHANNEL_LIMITS;

/** Everything of the organization between the two instants, and what waits or comes next. */
export async function briefingRows(tx: GateTransaction, from: Date, until: Date): Promise<BriefingRows> {
  const { questions, notes } = await wordsOf(tx, from);
  return {
    from: from.getTime(),
    until: until.getTime(),
    runs: await runsOf(tx, from),
    holds: await holdsOf(tx, from),
    questions,
    notes,
    next: await nextOf(tx, until),
  };
}

/** A run that was tried again is told by its last try. */
async function runsOf(tx: GateTransaction, from: Date): Promise<BriefingRun[]> {
  const rows = await tx.$queryRaw<NightRunRow[]>`
    SELECT r.id, r.job_id, j.title, coalesce(w.name, r.workstation_id) AS workstation, r.agent, r.state,
      coalesce(r.claim ->> 'summary', r.result) AS result, r.error, r.started_at, r.ended_at, r.tests
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id LEFT JOIN gate.workstations w ON w.id = r.workstation_id
    WHERE (r.ended_at >= ${from} OR (r.ended_at IS NULL AND r.state <> 'scheduled'))
      AND NOT EXISTS (SELECT 1 FROM jobs.runs n WHERE n.job_id = r.job_id AND n.attempt > r.attempt AND n.created_at > r.created_at)
    ORDER BY coalesce(r.ended_at, now()) DESC LIMIT ${briefingRowsMax}`;
  const ids = rows.map(({ id }) => id);
  const calls = await tx.$queryRaw<({ run: string } & TokenCount)[]>`
    SELECT run_id AS run, model, sum(input_tokens)::float8 AS "inputTokens",
      sum(cached_input_tokens)::float8 AS "cachedInputTokens", sum(output_tokens)::float8 AS "outputTokens"
    FROM gate.model_calls WHERE run_id = ANY(${ids}) GROUP BY run_id, model`;
  const pushes = await tx.$queryRaw<{ run: string; card: unknown }[]>`
    SELECT run_id AS run, card FROM gate.holds WHERE run_id = ANY(${ids}) AND kind = 'git.push' ORDER BY created_at`;
  return rows.map((row) =>
    nightRun(
      row,
      calls.filter(({ run }) => run === row.id),
      pushes.filter(({ run }) => run === row.id).map((push) => push.card),
    ),
  );
}

async function holdsOf(tx: GateTransaction, from: Date): Promise<BriefingHold[]> {
  const rows = await tx.$queryRaw<Parameters<typeof nightHold>[0][]>`
    SELECT h.id, h.kind, h.state, h.card, w.name AS workstation, h.created_at
    FROM gate.holds h LEFT JOIN gate.workstations w ON w.id = h.workstation_id
    WHERE (h.state IN ('pending', 'unknown') OR h.ended_at >= ${from}) AND h.kind IN ('git.push', 'http.request')
    ORDER BY h.created_at DESC LIMIT ${briefingRowsMax}`;
  return rows.map(nightHold);
}

async function wordsOf(
  tx: GateTransaction,
  from: Date,
): Promise<{ questions: BriefingQuestion[]; notes: BriefingNote[] }> {
  const rows = await tx.$queryRaw<
    {
      id: string;
      kind: string;
      run_id: string | null;
      job_id: string | null;
      workstation: string | null;
      text: string;
      urgent: boolean;
      deadline: Date | null;
      created_at: Date;
    }[]
  >`
    SELECT m.id, m.kind, m.run_id, m.job_id, w.name AS workstation, m.text, m.urgent, m.deadline, m.created_at
    FROM jobs.human_messages m LEFT JOIN gate.workstations w ON w.id = m.workstation_id
    WHERE (m.kind = 'question' AND m.answered_at IS NULL AND m.closed_reason IS NULL)
      OR (m.kind = 'note' AND m.created_at >= ${from})
    ORDER BY m.created_at DESC LIMIT ${briefingRowsMax}`;
  const said = rows.map((row) => ({
    kind: row.kind,
    question: row.id,
    run: row.run_id,
    job: row.job_id,
    workstation: row.workstation ?? "Nightgate",
    text: row.text,
    urgent: row.urgent,
    deadline: row.deadline?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
  }));
  return {
    questions: said.filter(({ kind }) => kind === "question"),
    notes: said.filter(({ kind }) => kind === "note"),
  };
}

/** What begins within a day: by its schedule, or because it was asked for later. */
async function nextOf(tx: GateTransaction, until: Date): Promise<BriefingNext[]> {
  const rows = await tx.$queryRaw<{ name: string; workstation: string; at: Date }[]>`
    SELECT f.name, coalesce(w.name, j.workstation_id) AS workstation, f.at
    FROM (SELECT job_id, name, next_at AS at FROM jobs.schedules WHERE next_at IS NOT NULL AND NOT paused AND deleted_at IS NULL
      UNION ALL
      SELECT r.job_id, j.title, r.due_at FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE r.state = 'scheduled' AND r.due_at IS NOT NULL) f
    JOIN jobs.jobs j ON j.id = f.job_id LEFT JOIN gate.workstations w ON w.id = j.workstation_id
    WHERE f.at < ${until}::timestamptz + interval '1 day' ORDER BY f.at LIMIT 20`;
  return rows.map(({ at, ...row }) => ({ ...row, at: at.getTime() }));
}
