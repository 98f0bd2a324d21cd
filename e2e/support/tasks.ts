/** What a task tells of itself, and waiting for it to get somewhere. */
import type { Evening } from "@nightgate/testkit/evening";
import { readTaskStream, type TaskStream } from "@nightgate/testkit/task-stream";
import { until } from "@nightgate/testkit/until";

const TASK_MS_MAX = 60_000;
const ENDED = ["succeeded", "failed", "cancelled"];

export async function readTask({ person, product }: Evening, job: string): Promise<TaskStream> {
  return await readTaskStream(person.context, product.web, job);
}

/** Waits until the task's last run is in `state`. */
export async function taskReaches(evening: Evening, job: string, state: string): Promise<TaskStream> {
  const stream = await taskWhere(evening, job, `be ${state}`, ({ task }) =>
    [state, ...ENDED].includes(task.runs.at(-1)?.state ?? ""),
  );
  const is = stream.task.runs.at(-1)?.state;
  if (is !== state) throw new Error(`The task is ${is}, not ${state}. ${toldOf(stream)}`);
  return stream;
}

/** Waits until the task's last run has ended, however. */
export async function taskEnds(evening: Evening, job: string): Promise<TaskStream> {
  return await taskWhere(evening, job, "end", ({ task }) => ENDED.includes(task.runs.at(-1)?.state ?? ""));
}

/** Waits until what the task tells is as wished; the error says how it stood instead. */
export async function taskWhere(
  evening: Evening,
  job: string,
  wish: string,
  is: (stream: TaskStream) => boolean,
): Promise<TaskStream> {
  let last: TaskStream | null = null;
  try {
    return await until(
      `the task to ${wish}`,
      TASK_MS_MAX,
      async () => {
        last = await readTask(evening, job);
        return is(last) ? last : null;
      },
      250,
    );
  } catch (error) {
    throw new Error(`The task did not ${wish}. ${last === null ? "" : toldOf(last)}`, { cause: error });
  }
}

/** All that was said, for a search or for a failure's words. */
export function toldOf({ task, events }: TaskStream): string {
  return [JSON.stringify(task.runs), ...events.map((event) => JSON.stringify(event))].join("\n");
}
