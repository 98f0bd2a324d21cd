/** A task as web's event stream tells it, read the way a page does: with the person's cookie, from the beginning. */
import type { IncomingMessage } from "node:http";
import type { BrowserContext } from "@playwright/test";
import { z } from "zod";
import { openAsPerson } from "./ask-as-person.ts";

const runState = z.looseObject({ id: z.string(), state: z.string(), result: z.string(), error: z.string() });
const task = z.looseObject({
  id: z.string(),
  state: z.string(),
  runs: z.array(runState),
  tokens: z.looseObject({ input: z.number(), output: z.number(), calls: z.number() }),
});
export type TaskSeen = z.infer<typeof task>;
const numbered = z.looseObject({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  text: z.string().optional(),
  title: z.string().optional(),
  preview: z.string().optional(),
  status: z.string().optional(),
});
export type EventSeen = z.infer<typeof numbered>;

export interface TaskStream {
  task: TaskSeen;
  /** Of all runs of the task, in order; `run` says which. */
  events: (EventSeen & { run: string })[];
}

/** Reads what there is at this moment. */
export async function readTaskStream(context: BrowserContext, web: string, job: string): Promise<TaskStream> {
  return understand(await collect(await openAsPerson(context, `${web}/api/jobs/${job}/events`)));
}

/** The stream says `ready` once it has told everything that was there. */
async function collect(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) throw new Error(`The task's stream answered ${response.statusCode}`);
  let text = "";
  for await (const part of response.setEncoding("utf8") as AsyncIterable<string>) {
    text += part;
    if (/^event: ready$/m.test(text)) break;
  }
  return text;
}

const eventsMessage = z.object({ run: z.string(), events: z.array(numbered) });

function understand(text: string): TaskStream {
  let seen: TaskSeen | null = null;
  const events: TaskStream["events"] = [];
  for (const message of text.split("\n\n")) {
    const data: unknown = JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? "null");
    const asTask = task.safeParse(data);
    if (asTask.success) seen = asTask.data;
    const asEvents = eventsMessage.safeParse(data);
    if (asEvents.success)
      events.push(...asEvents.data.events.map((event) => ({ ...event, run: asEvents.data.run })));
  }
  if (!seen) throw new Error(`The stream told of no task: ${text.slice(0, 500)}`);
  return { task: seen, events };
}
