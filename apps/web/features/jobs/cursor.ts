/** Where a page is in a task's events: the last number of each run that it has seen, as `run.seq~run.seq`. Goes back and forth as the event id of the stream. */
import { runId } from "@nightgate/shared/ids";
import { limits } from "../../limits.ts";

export type Cursor = ReadonlyMap<string, number>;

/** Reads a cursor. What cannot be read counts as not seen: events are then sent again, and drawn once. */
export function parseCursor(text: string | null | undefined): Map<string, number> {
  const cursor = new Map<string, number>();
  for (const part of (text ?? "").split("~").slice(0, limits.runsPerTaskMax)) {
    const [run, seq] = part.split(".");
    const number = Number(seq);
    if (run && runId.safeParse(run).success && Number.isSafeInteger(number) && number >= 0)
      cursor.set(run, number);
  }
  return cursor;
}

/** Writes a cursor. */
export function printCursor(cursor: Cursor): string {
  return [...cursor].map(([run, seq]) => `${run}.${seq}`).join("~");
}
