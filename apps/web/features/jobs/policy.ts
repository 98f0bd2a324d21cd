import { may } from "../../server/may.ts";
/** What a member may do with a task in the state in which it is. The runner decides again: this is for buttons that would not lead anywhere. */
import type { Member } from "../../server/member.ts";
import { isLive, type TaskState } from "../../ui/task-states.ts";

export interface TaskAbilities {
  /** More words: steers a live run, or starts a new one that resumes the session. */
  prompt: boolean;
  interrupt: boolean;
  cancel: boolean;
  retry: boolean;
  /** Answers to what its agent asks. */
  answer: boolean;
}

/** The abilities of `member` over a task in `state`. */
export function taskAbilities(member: Pick<Member, "role">, state: TaskState): TaskAbilities {
  const acts = may(member, "jobs.act");
  const settled = state === "sending" || state === "refused";
  return {
    prompt: acts && !settled && state !== "cancelling",
    interrupt: acts && state === "running",
    cancel: acts && !settled && isLive(state) && state !== "cancelling",
    retry: acts && !settled && !isLive(state),
    answer: acts && !settled,
  };
}
