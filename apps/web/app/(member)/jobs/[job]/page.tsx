/** One task as a live conversation. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { jobInput } from "../../../../features/jobs/schema.ts";
import { TaskPage } from "../../../../features/jobs/ui/task-page.tsx";
import { openTask } from "../../../../features/jobs/views.ts";
import { addresses } from "../../../../server/addresses.ts";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Task" };

export default async function JobPage({ params }: { params: Promise<{ job: string }> }): Promise<ReactNode> {
  const member = await requireMember();
  const input = jobInput.safeParse(await params);
  // Invariant 9: what is not an id, what does not exist and what belongs to others end here alike.
  const first = input.success ? await openTask(member, input.data.job) : null;
  if (!first) notFound();
  return <TaskPage key={first.task.id} first={first} gateOrigin={addresses().gateOrigin} />;
}
