/** The home page: what needs somebody, what is running, what was done; and whether set-up is finished. */
import { systemClock } from "@nightgate/shared/clock";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { QuestionView } from "../../ui/question-view.ts";
import type { TaskLine } from "../../ui/task-line-view.ts";
import { type HoldView, presentHold } from "../holds/present.ts";
import { waitingHolds } from "../holds/queries.ts";
import { tasksOfGroup } from "../jobs/queries.ts";
import { openQuestions } from "../questions/queries.ts";

export interface InboxView {
  holds: HoldView[];
  questions: QuestionView[];
  mayAnswer: boolean;
  needs: TaskLine[];
  running: TaskLine[];
  done: TaskLine[];
  /** True when the organization has no workstation or has never had a task: then home leads to set-up. */
  fresh: "no-workstation" | "no-task" | null;
}

export async function readInbox(member: Member): Promise<InboxView> {
  const now = systemClock.now();
  const { gateOrigin } = addresses();
  return await asMember(member, async (tx) => {
    const holds = (await waitingHolds(tx)).map((row) => presentHold(row, gateOrigin));
    const waiting = await tasksOfGroup(tx, "needs", new Date(now - limits.inboxDaysMs));
    const questions = await openQuestions(tx);
    // A task that waits for a hold which is listed already is one thing to do, not two.
    const held = new Set(holds.map((hold) => hold.run));
    const isHeld = (line: TaskLine): boolean => line.state === "awaiting_approval" && held.has(line.run);
    const asking = new Set(questions.map((question) => question.run));
    const isAsked = (line: TaskLine): boolean => line.state === "awaiting_input" && asking.has(line.run);
    const needs = waiting.filter((line) => !isHeld(line) && !isAsked(line));
    const running = [
      ...waiting.filter((line) => isHeld(line) || isAsked(line)),
      ...(await tasksOfGroup(tx, "running", new Date(0))).filter((line) => line.state !== "scheduled"),
    ];
    const done = await tasksOfGroup(tx, "done", new Date(now - limits.doneDaysMs));
    const workstations = await tx.controlWorkstations.count({ where: { wanted: { not: "removed" } } });
    const ever =
      holds.length + questions.length + needs.length + running.length + done.length > 0 ||
      (await tx.jobsJobs.findFirst({ select: { id: true } })) !== null;
    return {
      holds,
      questions,
      mayAnswer: may(member, "jobs.act"),
      needs,
      running,
      done,
      fresh: workstations === 0 ? "no-workstation" : ever ? null : "no-task",
    };
  });
}
