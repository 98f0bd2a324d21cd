/**
 * The conversation as a stream of server-sent events: `task` (everything but the events, whenever it changes), `events` (in order, each once per
 * cursor), `ready` (caught up), `pulse` (still here). The event id is the cursor: whoever comes back with it goes on where they were.
 */
import type { ControlTransaction } from "@nightgate/db/control";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import type { Heard, Live } from "../../server/live.ts";
import { createSharedReads } from "../../server/shared-reads.ts";
import { type Bell, createBell } from "../../server/wake.ts";
import { type Cursor, printCursor } from "./cursor.ts";
import { type NumberedEvent, presentEvent, type TaskView } from "./present.ts";
import { lastNumbers, readEvents, readTask, type Reader } from "./task-queries.ts";

/** A task that many watch is read once for all of them. */
const eventsRead = createSharedReads<NumberedEvent[]>();
const taskRead = createSharedReads<TaskView | null>();

export interface StreamMessage {
  event: "task" | "events" | "ready" | "pulse";
  id?: string;
  data: unknown;
}

export interface StreamAsk {
  organization: string;
  job: string;
  cursor: Cursor;
  reader: Reader;
  signal: AbortSignal;
  database: <Result>(work: (tx: ControlTransaction) => Promise<Result>) => Promise<Result>;
  live: Live;
  clock?: Clock;
}

/** What has changed since the last look. */
interface Stale {
  task: boolean;
  runs: Set<string>;
  everything: boolean;
}

/** Yields until the signal aborts or the stream is old enough to be taken up anew (the client comes back by itself). Throws Problem not-found for a job that is not there. */
export async function* taskStream(ask: StreamAsk): AsyncGenerator<StreamMessage> {
  const clock = ask.clock ?? systemClock;
  const bell = createBell(clock);
  const stale: Stale = { task: true, runs: new Set(), everything: true };
  const stop = ask.live.follow(ask.organization, (heard) => note(heard, ask.job, stale, bell));
  const seen = new Map(ask.cursor);
  const until = clock.now() + limits.streamMsMax;
  let sent = "";
  let task: TaskView | null = null;
  try {
    let ready = false;
    while (!ask.signal.aborted && clock.now() < until) {
      const look = takeStale(stale);
      // What was said comes first: it is what a page waits for, and it is there before the task has been read anew.
      yield* newEvents(ask, task?.runs.filter(({ id }) => look.runs.has(id)) ?? [], seen);
      if (look.task || task === null) {
        task = await readOrRefuse(ask);
        const text = JSON.stringify(task);
        if (text !== sent) yield { event: "task", data: task };
        sent = text;
        yield* newEvents(
          ask,
          task.runs.filter(({ id }) => look.everything || !seen.has(id)),
          seen,
        );
      }
      if (!ready) yield { event: "ready", id: printCursor(seen), data: {} };
      ready = true;
      // The first announcement is answered at once, and what follows within a moment of it together.
      await settle(clock, ask.signal);
      if (!(await bell.wait(limits.streamPulseMs, ask.signal)) && !ask.signal.aborted)
        yield { event: "pulse", data: {} };
    }
  } finally {
    stop();
  }
}

/** What is to be read anew; from here on nothing has changed. */
function takeStale(stale: Stale): Stale {
  const taken = { ...stale, task: stale.task || stale.everything };
  Object.assign(stale, { task: false, everything: false, runs: new Set<string>() } satisfies Stale);
  return taken;
}

async function readOrRefuse(ask: StreamAsk): Promise<TaskView> {
  const task = await readShared(ask);
  if (!task) throw new Problem("not-found", { what: "such task" });
  return task;
}

/** The first look at a task: its events if they are few, otherwise none, and where the stream is to begin. */
export async function firstLook(
  tx: ControlTransaction,
  task: TaskView,
): Promise<{
  batches: { run: string; events: ReturnType<typeof presentEvent>[] }[];
  cursor: string;
  complete: boolean;
}> {
  const last = await lastNumbers(
    tx,
    task.runs.map((run) => run.id),
  );
  const total = [...last.values()].reduce((sum, seq) => sum + seq, 0);
  if (total > limits.eventsInPageMax)
    return { batches: [], cursor: printCursor(startOf(last, total)), complete: false };
  const batches = [];
  const cursor = new Map<string, number>();
  for (const run of task.runs) {
    const events = (await readEvents(tx, run.id, 0)).map(presentEvent);
    batches.push({ run: run.id, events });
    cursor.set(run.id, events.at(-1)?.seq ?? 0);
  }
  return { batches, cursor: printCursor(cursor), complete: true };
}

/** Leaves out the oldest events when there are more than a page may hold. */
function startOf(last: Map<string, number>, total: number): Map<string, number> {
  let surplus = total - limits.eventsPerTaskMax;
  const start = new Map<string, number>();
  for (const [run, seq] of last) {
    if (surplus <= 0) break;
    start.set(run, Math.min(seq, surplus));
    surplus -= seq;
  }
  return start;
}

/** As the reader may see it: what they may do with it is part of the answer. */
async function readShared({ organization, job, reader, database }: StreamAsk): Promise<TaskView | null> {
  return await taskRead(
    `${organization} ${job} ${reader.role}`,
    async () => await database(async (tx) => await readTask(tx, job, reader)),
  );
}

async function* newEvents(
  ask: StreamAsk,
  runs: readonly { id: string }[],
  seen: Map<string, number>,
): AsyncGenerator<StreamMessage> {
  for (const { id: run } of runs) {
    for (;;) {
      const after = seen.get(run) ?? 0;
      const events = await eventsRead(
        `${ask.organization} ${run} ${after}`,
        async () => await ask.database(async (tx) => (await readEvents(tx, run, after)).map(presentEvent)),
      );
      const last = events.at(-1);
      if (!last) break;
      seen.set(run, last.seq);
      yield { event: "events", id: printCursor(seen), data: { run, events } };
      if (events.length < limits.eventsPerBatchMax || ask.signal.aborted) break;
    }
    if (!seen.has(run)) seen.set(run, 0);
  }
}

function note(heard: Heard, job: string, stale: Stale, bell: Bell): void {
  if (heard.kind === "missed") stale.everything = true;
  else if (heard.change.table === "jobs.events") stale.runs.add(heard.change.id);
  else if (heard.change.table !== "jobs.jobs" || heard.change.id === job) stale.task = true;
  else return;
  bell.ring();
}

/** A burst of announcements is answered in as few looks as this allows. */
async function settle(clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.wait(limits.streamSettleMs, signal).catch((error: unknown) => error);
}
