/** All tasks. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { jobListInput } from "../../../../features/jobs/schema.ts";
import { TaskList } from "../../../../features/jobs/ui/task-list.tsx";
import { openTaskList } from "../../../../features/jobs/views.ts";
import { requireMember } from "../../../../server/member.ts";
import type { Query } from "../../../../server/query.ts";

export const metadata: Metadata = { title: "Tasks" };

export default async function TasksPage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const { show, before } = jobListInput.parse(await searchParams);
  const { lines, next } = await openTaskList(member, {
    show,
    before: before === undefined ? null : new Date(before),
  });
  return <TaskList show={show} lines={lines} next={next} older={before !== undefined} />;
}
