/** Reads tasks as the runner keeps them, and what web has asked for and nobody has taken up yet. */
import type { ControlTransaction } from "@nightgate/db/control";
import { type JobsInboxMessage, jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { sayQueuedWhy } from "@nightgate/shared/queued-why";
import { limits } from "../../limits.ts";
import type { Role } from "../../server/member.ts";
import { milliseconds } from "../../server/plain.ts";
import type { TaskState } from "../../ui/task-states.ts";
import { branchOf, presentHold } from "../holds/present.ts";
import { holdsOfRuns } from "../holds/queries.ts";
import { questionsOfRuns } from "../questions/queries.ts";
import { readPolicy } from "../workstations/queries.ts";
import { type TaskAbilities } from "./policy.ts";
import {
  type AskView,
  type EventRow,
  presentRun,
  repositoryName,
  type RunView,
  type TaskView,
  titleOf,
} from "./present.ts";
import { progressOf, testsOf, tokensOf } from "./run-figures.ts";

export interface Reader {
  gateOrigin: string;
  /** All of a reader on which `abilities` depends. */
  role: Role;
  abilities: (state: TaskState) => TaskAbilities;
}

interface InboxRow {
  id: bigint;
  message: JobsInboxMessage;
  error: string | null;
  handled: boolean;
  at: number;
}

const RUN = {
  id: true,
  jobId: true,
  state: true,
  result: true,
  error: true,
  resumeAt: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
} as const;

/** One task with everything but its events, or null: an id of another organization reads like one that does not exist (invariant 9). */
export async function readTask(tx: ControlTransaction, id: string, reader: Reader): Promise<TaskView | null> {
  const job = await tx.jobsJobs.findUnique({ where: { id } });
  const inbox = await inboxOf(tx, id);
  if (!job) return await unbornTask(tx, id, inbox, reader);
  const runRows = (
    await tx.jobsRuns.findMany({
      where: { jobId: id },
      orderBy: { createdAt: "desc" },
      take: limits.runsPerTaskMax,
      select: RUN,
    })
  ).toReversed();
  const runs = runRows.map((row, index) => presentRun(row, index + 1));
  const runIds = runs.map((run) => run.id);
  const holds = (await holdsOfRuns(tx, runIds)).map((row) => presentHold(row, reader.gateOrigin));
  const schedule = await scheduleOf(tx, id);
  const state = runs.at(-1)?.state ?? (schedule === null ? "queued" : "scheduled");
  return {
    id,
    title: job.title,
    prompt: job.prompt,
    agent: job.agent,
    state,
    refusal: null,
    workstation: await workstationName(tx, job.workstationId),
    repository: await repositoryOf(tx, job.repositoryId, job.repositoryUrl),
    schedule,
    branch: branchOf(holds),
    createdBy: await personName(tx, job.createdBy),
    createdAt: job.createdAt.getTime(),
    runs,
    holds,
    questions: await questionsOfRuns(tx, runIds),
    marks: await marksOf(tx, runIds),
    waits: state === "queued" ? await whyQueued(tx, runIds) : null,
    asks: [...(await unreadPrompts(tx, runs)), ...inboxAsks(inbox)].toSorted((a, b) => a.at - b.at),
    decisionPrompts: (
      await tx.jobsPrompts.findMany({
        where: { runId: { in: runIds }, source: { not: "person" } },
        select: { id: true },
        take: limits.holdsPerTaskMax,
      })
    ).map((row) => row.id),
    tokens: await tokensOf(tx, runIds),
    progress: await progressOf(tx, runIds.at(-1)),
    tests: await testsOf(tx, runIds.at(-1)),
    can: reader.abilities(state),
  };
}

/** The events of a run after `after`, in order, at most one batch. A tool call comes without its input, output and differences. */
export async function readEvents(tx: ControlTransaction, run: string, after: number): Promise<EventRow[]> {
  return await tx.$queryRaw<EventRow[]>`
    SELECT seq, at, CASE
      WHEN body ->> 'kind' = 'tool' THEN (body - 'input' - 'output' - 'diffs') || jsonb_build_object(
        'preview', left(coalesce(body ->> 'output', ''), 600),
        'paths', coalesce(jsonb_path_query_array(body, '$.diffs[*].path'), '[]'::jsonb))
      WHEN length(body ->> 'text') > ${limits.messageCharactersMax}
        THEN body || jsonb_build_object('text', left(body ->> 'text', ${limits.messageCharactersMax + 1}))
      ELSE body END AS body
    FROM jobs.events WHERE run_id = ${run} AND seq > ${after} ORDER BY seq LIMIT ${limits.eventsPerBatchMax}`;
}

/** How many events each run has, as the highest number. Asked for each run by itself, it is one look at the end of an index, however many there are. */
export async function lastNumbers(tx: ControlTransaction, runs: string[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ run: string; seq: number }[]>`
    SELECT run, (SELECT coalesce(max(seq), 0) FROM jobs.events WHERE run_id = run) AS seq FROM unnest(${runs}::text[]) AS run`;
  return new Map(rows.map(({ run, seq }) => [run, seq]));
}

/** All that was said of one tool call, in order; empty when the run is not of this job or has no such call. */
export async function readToolEvents(
  tx: ControlTransaction,
  job: string,
  run: string,
  call: string,
): Promise<unknown[]> {
  const owner = await tx.jobsRuns.findUnique({ where: { id: run }, select: { jobId: true } });
  if (owner?.jobId !== job) return [];
  const rows = await tx.jobsEvents.findMany({
    where: {
      runId: run,
      AND: [{ body: { path: ["kind"], equals: "tool" } }, { body: { path: ["call"], equals: call } }],
    },
    orderBy: { seq: "asc" },
    take: limits.eventsPerBatchMax,
  });
  return rows.map((row) => row.body);
}

/** A task that was asked for and that the runner has not made yet, or has refused to make. */
async function unbornTask(
  tx: ControlTransaction,
  id: string,
  inbox: InboxRow[],
  reader: Reader,
): Promise<TaskView | null> {
  for (const row of inbox) {
    if (row.message.kind !== "job.create") continue;
    const state = row.error === null ? "sending" : "refused";
    return {
      id,
      title: titleOf(row.message.prompt),
      prompt: row.message.prompt,
      agent: row.message.agent,
      state,
      refusal: row.error,
      workstation: await workstationName(tx, row.message.workstation),
      repository: await repositoryOf(tx, row.message.repository, row.message.repositoryUrl),
      schedule: null,
      branch: null,
      createdBy: await personName(tx, row.message.person),
      createdAt: row.at,
      runs: [],
      holds: [],
      questions: [],
      marks: [],
      waits: null,
      asks: [],
      decisionPrompts: [],
      tokens: { input: 0, cachedInput: 0, output: 0, calls: 0, dollars: 0 },
      progress: null,
      tests: null,
      can: reader.abilities(state),
    };
  }
  return null;
}

async function inboxOf(tx: ControlTransaction, job: string): Promise<InboxRow[]> {
  const runs = (
    await tx.jobsRuns.findMany({
      where: { jobId: job },
      orderBy: { createdAt: "desc" },
      take: limits.runsPerTaskMax,
      select: { id: true },
    })
  ).map((run) => run.id);
  const rows = await tx.jobsInbox.findMany({
    where: {
      AND: [
        { OR: [{ handledAt: null }, { error: { not: null } }] },
        {
          OR: [
            { body: { path: ["job"], equals: job } },
            ...runs.slice(0, 5).map((run) => ({ body: { path: ["run"], equals: run } })),
          ],
        },
      ],
    },
    orderBy: { id: "asc" },
    take: 100,
  });
  return rows.flatMap((row) => {
    const message = jobsInboxMessage.safeParse(row.body);
    return message.success
      ? [
          {
            id: row.id,
            message: message.data,
            error: row.error,
            handled: row.handledAt !== null,
            at: row.createdAt.getTime(),
          },
        ]
      : [];
  });
}

const ASK_KINDS = {
  "job.prompt": "prompt",
  "job.retry": "retry",
  "run.interrupt": "interrupt",
  "run.cancel": "cancel",
} as const;

/** Null for what is not asked of a run that is there already. */
function askKind(kind: InboxRow["message"]["kind"]): (typeof ASK_KINDS)[keyof typeof ASK_KINDS] | null {
  return kind in ASK_KINDS ? ASK_KINDS[kind as keyof typeof ASK_KINDS] : null;
}

function inboxAsks(inbox: InboxRow[]): AskView[] {
  return inbox.flatMap((row): AskView[] => {
    const kind = askKind(row.message.kind);
    if (kind === null) return [];
    const text = row.message.kind === "job.prompt" ? row.message.prompt : "";
    return [{ key: `inbox-${row.id}`, kind, text, error: row.error, at: row.at }];
  });
}

const PROMPT_KINDS: Record<string, AskView["kind"]> = {
  person: "prompt",
  decision: "decision",
  peer: "peer",
};

/** Prompts that the agent has not been told yet, of the live run. */
async function unreadPrompts(tx: ControlTransaction, runs: RunView[]): Promise<AskView[]> {
  const last = runs.at(-1);
  if (!last || last.endedAt !== null) return [];
  const rows = await tx.jobsPrompts.findMany({
    where: { runId: last.id, sentAt: null },
    orderBy: { number: "asc" },
    take: 100,
  });
  return rows.map((row) => ({
    key: row.id,
    kind: PROMPT_KINDS[row.source] ?? "platform",
    text: row.text,
    error: null,
    at: row.createdAt.getTime(),
  }));
}

/** Why a queued run has not begun. */
async function whyQueued(tx: ControlTransaction, runs: string[]): Promise<string | null> {
  const row = await tx.jobsQueueView.findFirst({ where: { runId: { in: runs } } });
  return row === null ? null : sayQueuedWhy(row);
}

async function marksOf(tx: ControlTransaction, runs: string[]): Promise<TaskView["marks"]> {
  const rows = await tx.$queryRaw<{ id: string; run_id: string; text: string; at: Date }[]>`
    SELECT id, run_id, left(text, ${limits.messageCharactersMax}) AS text, at FROM jobs.marks
    WHERE run_id = ANY(${runs}::text[]) ORDER BY at DESC LIMIT ${limits.marksPerTaskMax}`;
  return rows
    .map((row) => ({ key: `${row.run_id}.${row.id}`, run: row.run_id, text: row.text, at: row.at.getTime() }))
    .toReversed();
}

async function scheduleOf(tx: ControlTransaction, job: string): Promise<TaskView["schedule"]> {
  const row = await tx.jobsSchedules.findFirst({
    where: { jobId: job, deletedAt: null },
    orderBy: { nextAt: { sort: "asc", nulls: "last" } },
    select: { id: true, name: true, nextAt: true, paused: true },
  });
  return row === null
    ? null
    : { id: row.id, name: row.name, nextAt: milliseconds(row.nextAt), paused: row.paused };
}

async function workstationName(tx: ControlTransaction, id: string): Promise<{ id: string; name: string }> {
  const row = await tx.controlWorkstations.findUnique({ where: { id }, select: { name: true } });
  return { id, name: row?.name ?? id };
}

async function personName(tx: ControlTransaction, person: string): Promise<string> {
  const row = await tx.controlMembers.findFirst({ where: { personId: person }, select: { name: true } });
  return row?.name ?? person;
}

async function repositoryOf(
  tx: ControlTransaction,
  id: string | null,
  url: string | null,
): Promise<TaskView["repository"]> {
  if (id === null) return null;
  const resource = (await readPolicy(tx))?.resources.find((candidate) => candidate.id === id);
  return { id, name: resource?.name ?? (url === null ? id : repositoryName(url)) };
}
