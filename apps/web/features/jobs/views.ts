/** What pages and streams ask about tasks, each scoped to the member who asks. */
import { Problem } from "@nightgate/shared/problems";
import { addresses } from "../../server/addresses.ts";
import { live } from "../../server/live.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { TaskLine } from "../../ui/task-line-view.ts";
import { parseCursor } from "./cursor.ts";
import { taskAbilities } from "./policy.ts";
import type { TaskView } from "./present.ts";
import { listTasks } from "./queries.ts";
import type { JobFilter } from "./schema.ts";
import { firstLook, type StreamMessage, taskStream } from "./stream.ts";
import { type Reader, readTask, readToolEvents } from "./task-queries.ts";
import { type ToolDetail, toolDetail } from "./tool-detail.ts";

export type TaskPage = { task: TaskView } & Awaited<ReturnType<typeof firstLook>>;

function readerFor(member: Member): Reader {
  return {
    gateOrigin: addresses().gateOrigin,
    role: member.role,
    abilities: (state) => taskAbilities(member, state),
  };
}

/** A task with the beginning of its conversation; null when there is no such task in the member's organization. */
export async function openTask(member: Member, job: string): Promise<TaskPage | null> {
  return await asMember(member, async (tx) => {
    const task = await readTask(tx, job, readerFor(member));
    return task ? { task, ...(await firstLook(tx, task)) } : null;
  });
}

/** The stream of a task. Throws Problem not-found before the first byte when there is none. */
export async function openTaskStream(
  member: Member,
  job: string,
  after: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamMessage>> {
  const reader = readerFor(member);
  const there = await asMember(member, async (tx) => await readTask(tx, job, reader));
  if (!there) throw new Problem("not-found", { what: "such task" });
  return taskStream({
    organization: member.organization,
    job,
    cursor: parseCursor(after),
    reader,
    signal,
    live: live(),
    database: async (work) => await asMember(member, work),
  });
}

/** The whole of one tool call; throws Problem not-found when there is none. */
export async function readTool(
  member: Member,
  ask: { job: string; run: string; call: string },
): Promise<ToolDetail> {
  const detail = toolDetail(
    await asMember(member, async (tx) => await readToolEvents(tx, ask.job, ask.run, ask.call)),
  );
  if (!detail) throw new Problem("not-found", { what: "such tool call" });
  return detail;
}

/** A page of the list of tasks. */
export async function openTaskList(
  member: Member,
  ask: { show: JobFilter; before: Date | null },
): Promise<{ lines: TaskLine[]; next: string | null }> {
  return await asMember(member, async (tx) => await listTasks(tx, ask));
}
