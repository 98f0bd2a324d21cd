/** The events of a run as lines of text, for job_logs. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { type RunEventBody, runEventBody } from "@nightgate/shared/run-events";
import { LIMITS } from "../limits.ts";

export interface EventLine {
  seq: number;
  at: string;
  kind: string;
  text: string;
}

/** Events after `after`, oldest first; with null the newest. Each text is cut at a limit. */
export async function eventLines(
  tx: JobsTransaction,
  run: string,
  after: number | null,
  limit: number,
): Promise<EventLine[]> {
  const rows = await tx.jobsEvents.findMany({
    where: { runId: run, ...(after !== null && { seq: { gt: after } }) },
    orderBy: { seq: after === null ? "desc" : "asc" },
    take: limit,
  });
  return rows
    .toSorted((one, other) => one.seq - other.seq)
    .map(({ seq, at, body }) => {
      const parsed = runEventBody.safeParse(body);
      return {
        seq,
        at: at.toISOString(),
        kind: parsed.success ? parsed.data.kind : "unknown",
        text: cut(parsed.success ? words(parsed.data) : ""),
      };
    });
}

/** What an event says, in the words that it has; the rest of it as JSON. */
function words(body: RunEventBody): string {
  switch (body.kind) {
    case "prompt":
    case "agent.message":
    case "agent.thought":
    case "note":
      return body.text;
    case "tool":
      return [`${body.title} (${body.status})`, body.output ?? ""].join("\n").trim();
    case "turn.ended":
      return body.stopReason;
    case "turn.failed":
      return body.message;
    case "plan":
      return body.entries.map(({ text, status }) => `${text} (${status})`).join("\n");
    case "hold":
      return `${body.hold} ${body.state} ${body.words}`.trim();
    default: {
      const { kind: _kind, ...rest } = body;
      return JSON.stringify(rest);
    }
  }
}

function cut(text: string): string {
  const length = LIMITS.verbEventCharactersMax;
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
