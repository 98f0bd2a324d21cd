/**
 * Whether a run gets anywhere: its last tool call that was not a repetition, with what came back; its last plan; its own word. Output alone
 * is no progress, and neither is the same command with the same answer again.
 */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { STALL_RUNGS, type StallRung } from "@nightgate/shared/run-events";
import type { RunSnapshot } from "../core/snapshot.ts";
import { LIMITS } from "../limits.ts";
import type { RunRow } from "./run-row.ts";

type Progress = Pick<RunSnapshot, "stall" | "progressAt" | "toolSince" | "handOver">;

const NONE: Progress = { stall: { rungs: [], all: 0 }, progressAt: null, toolSince: null, handOver: null };

/** Read for a run at work only. */
export async function readProgress(
  tx: JobsTransaction,
  run: RunRow,
  prompts: RunSnapshot["prompts"],
): Promise<Progress> {
  if (run.state !== "running") return NONE;
  const [seen] = await tx.$queryRaw<{ progress: Date | null; tool: Date | null }[]>`
    WITH newest AS (
      SELECT seq, at, body FROM jobs.events WHERE run_id = ${run.id} AND seq > ${run.lastSeq - LIMITS.eventsLookedAt} AND body ->> 'kind' IN ('tool', 'plan', 'prompt')
      ORDER BY seq DESC LIMIT ${LIMITS.toolEventsLookedAt}
    ), told AS (SELECT coalesce(max(seq), 0) AS seq FROM newest WHERE body ->> 'kind' = 'prompt'),
    calls AS (
      SELECT min(at) AS at, (array_agg(body ->> 'status' ORDER BY newest.seq DESC))[1] AS status FROM newest, told
      WHERE body ->> 'kind' = 'tool' AND newest.seq > told.seq GROUP BY body ->> 'call'
    ), steps AS (
      -- A call counts when it begins and when it ends: what it says in between is output.
      SELECT min(at) AS at FROM newest WHERE body ->> 'kind' IN ('tool', 'plan')
      GROUP BY CASE WHEN body ->> 'status' IN ('pending', 'in_progress') THEN md5(jsonb_build_array(body -> 'title', body -> 'input')::text)
        ELSE md5((body - 'call')::text) END
    )
    SELECT (SELECT max(at) FROM steps) AS progress,
      (SELECT max(at) FROM calls WHERE status IN ('pending', 'in_progress')) AS tool`;
  const progressAt = later(seen?.progress ?? null, run.progressAt);
  const stall = await readStall(tx, run, later(progressAt, lastTold(prompts)));
  const isFresh = stall.rungs.at(-1)?.rung === "fresh";
  return {
    stall,
    progressAt,
    toolSince: seen?.tool ?? null,
    handOver: isFresh ? await readHandOver(tx, run) : null,
  };
}

/** The last word of somebody else than the ladder itself. */
function lastTold(prompts: RunSnapshot["prompts"]): Date | null {
  return prompts
    .filter(({ id }) => !id.startsWith("stall-"))
    .reduce<Date | null>((date, { at }) => later(date, at), null);
}

function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

async function readStall(
  tx: JobsTransaction,
  { id }: RunRow,
  since: Date | null,
): Promise<RunSnapshot["stall"]> {
  const marks = await tx.jobsMarks.findMany({ where: { runId: id, kind: "stall" }, orderBy: { at: "asc" } });
  const rungs = marks.flatMap(({ id: mark, at }) => {
    const rung = STALL_RUNGS.find((each) => mark.endsWith(`-${each}`));
    return rung === undefined ? [] : [{ rung, at } satisfies { rung: StallRung; at: Date }];
  });
  return { rungs: rungs.filter(({ at }) => since === null || at > since), all: marks.length };
}

/** What whoever takes the run over has to know. */
export async function readHandOver(
  tx: JobsTransaction,
  { id, job }: Pick<RunRow, "id" | "job">,
): Promise<RunSnapshot["handOver"]> {
  const { prompt } = await tx.jobsJobs.findUniqueOrThrow({ where: { id: job }, select: { prompt: true } });
  const said = await tx.jobsPrompts.findMany({
    where: { runId: id, source: { in: ["person", "decision"] } },
    orderBy: { number: "asc" },
    select: { text: true },
  });
  const files = await tx.$queryRaw<{ path: string }[]>`
    SELECT DISTINCT diff ->> 'path' AS path FROM jobs.events, jsonb_array_elements(coalesce(body -> 'diffs', '[]')) AS diff
    WHERE run_id = ${id} AND body ->> 'kind' = 'tool' ORDER BY 1 LIMIT 100`;
  const asked = [prompt, ...said.map(({ text }) => text).filter((text) => text !== prompt)];
  const whole = asked.join("\n\n");
  const limit = LIMITS.handOverCharactersMax;
  return {
    asked: whole.length <= limit ? asked : [prompt.slice(0, limit / 2), whole.slice(-limit / 2)],
    files: files.map(({ path }) => path),
  };
}
