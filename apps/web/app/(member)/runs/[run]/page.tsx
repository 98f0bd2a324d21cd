/** A run by its id leads to its task: findings, messages and logs name runs. */
import { runId } from "@nightgate/shared/ids";
import { notFound, redirect } from "next/navigation";
import { jobOfRun } from "../../../../features/jobs/queries.ts";
import { requireMember } from "../../../../server/member.ts";

export default async function RunPage({ params }: { params: Promise<{ run: string }> }): Promise<never> {
  const member = await requireMember();
  const run = runId.safeParse((await params).run);
  // Invariant 9: what is not an id, what does not exist and what belongs to others end here alike.
  const job = run.success ? await jobOfRun(member, run.data) : null;
  if (job === null) notFound();
  redirect(`/jobs/${job}`);
}
