/** What goes on while processes are killed: tasks whose agent pushes to branches of its own, and a person who approves or rejects. */
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { type Evening, pushHolds, readHold } from "@nightgate/testkit/evening";
import type { TaskStream } from "@nightgate/testkit/task-stream";
import { readTask } from "../support/tasks.ts";
import { ask, persist } from "./persist.ts";
import type { Random } from "./random.ts";

const APPROVED_SHARE = 0.8;
const LOOK_EVERY_MS = 500;
const ENDED = new Set(["succeeded", "failed", "cancelled"]);

export interface Worked {
  /** Ids of the tasks, in order. */
  jobs: string[];
  approved: Set<string>;
  rejected: Set<string>;
}

export interface Work extends Worked {
  evening: Evening;
  repository: string;
  sign(options: unknown): unknown;
  random: Random;
  signal: AbortSignal;
}

/** One task after the other until the signal; then what has begun goes on. */
export async function queueTasks(work: Work): Promise<void> {
  for (let at = 1; !work.signal.aborted; at += 1) {
    const job = await queue(work, at, work.random.between(1, 3));
    work.jobs.push(job);
    await untilEnded(work, job);
  }
}

/** The agent does not give up where the gate or the database is away for a moment: neither does a real one. */
const pushing = (branch: string): string =>
  `git checkout -q -B ${branch} origin/main && mkdir -p long && date +%s%N > long/${branch}.txt && git add long && git commit -qm ${branch} && for i in $(seq 40); do git push origin HEAD:refs/heads/${branch} 2>&1 && break; sleep 2; done`;

async function queue({ evening, repository }: Work, at: number, pushes: number): Promise<string> {
  const [job, run] = [newId("job"), newId("run")];
  const commands = Array.from({ length: pushes }, (_, index) => pushing(`long-${at}-${index + 1}`));
  const prompt = `Run the command \`sleep 1; ${commands.join("; ")}\``;
  const workstation = evening.workstation.id;
  const told = { job, run, workstation, agent: "claude", repository, prompt };
  await persist("the task to be taken", async () => {
    try {
      await ask(evening, `${evening.product.web}/api/jobs`, told);
    } catch (error) {
      // It was taken, and the answer was lost: the ids are ours.
      await readTask(evening, job).catch(() => Promise.reject(error));
    }
  });
  return job;
}

export const hasEnded = ({ task }: TaskStream): boolean => ENDED.has(task.runs.at(-1)?.state ?? "");

async function untilEnded({ evening, signal }: Work, job: string): Promise<void> {
  while (!signal.aborted) {
    if (hasEnded(await persist("the task", async () => await readTask(evening, job)))) return;
    await systemClock.wait(LOOK_EVERY_MS, signal).catch(String);
  }
}

/** Decides on everything that waits, until `over`. */
export async function decideAll(work: Work, over: () => boolean): Promise<void> {
  const { evening, random } = work;
  while (!over()) {
    const holds = await persist("the holds", async () => await pushHolds(evening));
    for (const { id, state } of holds.toReversed()) {
      if (state !== "pending") continue;
      const verdict = random.next() < APPROVED_SHARE ? "approve" : "reject";
      if (await decide(work, id, verdict)) (verdict === "approve" ? work.approved : work.rejected).add(id);
    }
    await systemClock.wait(LOOK_EVERY_MS);
  }
}

/** False where it was replaced or is over without us. */
async function decide(work: Work, id: string, verdict: "approve" | "reject"): Promise<boolean> {
  const { evening, sign } = work;
  const path = `${evening.product.gate}/api/holds/${id}/decision`;
  return await persist(`a decision on ${id}`, async () => {
    const { state } = await readHold(evening, id);
    if (["superseded", "expired", "withdrawn"].includes(state)) return false;
    if (state !== "pending") return true;
    const words = verdict === "reject" ? "Write it down, then push again." : "";
    const options = await ask(evening, `${path}/begin`, { verdict, words, ticked: [] });
    await ask(evening, `${path}/finish`, { answer: sign(options) });
    return true;
  });
}
