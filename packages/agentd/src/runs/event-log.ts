/**
 * The events of one run, on the workstation's own disk: one JSON line each, numbered from 1, synced in batches before anybody
 * outside is told of them. It survives the death of every process; a line that was being written when power went is cut off.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { type RunEvent, type RunEventBody, runEvent } from "@nightgate/shared/run-events";
import { LIMITS } from "../limits.ts";

export interface EventLog {
  /** The last event that is safely on disk. */
  lastSeq(): number;
  /** Numbers the event and writes it soon. `flush` tells when it is safe. */
  append(body: RunEventBody): void;
  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void>;
  /** Reads durable events after a number, in order, a batch at a time. */
  reader(after: number): EventReader;
  /** Called after each batch that became durable. Returns how to stop that. */
  onDurable(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface EventReader {
  /** The next events, at most one batch; none at the end. */
  next(): Promise<RunEvent[]>;
}

/** What ends a turn or a run is written even when the log is full. */
const ALWAYS_WRITTEN: ReadonlySet<RunEventBody["kind"]> = new Set([
  "prompt",
  "turn.ended",
  "turn.failed",
  "session.started",
  "session.ended",
]);

/** Opens the log, makes it with `firstSeq` if there is none, and repairs a torn end. */
export async function openEventLog(file: string, clock: Clock, firstSeq = 1): Promise<EventLog> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const { bytes, seq } = await repair(file);
  return new FileEventLog(file, clock, { bytes, seq: seq ?? firstSeq - 1 });
}

interface End {
  bytes: number;
  seq: number;
}

class FileEventLog implements EventLog {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #durable: End;
  readonly #appended: End;
  #waiting: string[] = [];
  #writing: Promise<void> | null = null;
  #full = false;
  #closed = false;

  constructor(file: string, clock: Clock, end: End) {
    this.#file = file;
    this.#clock = clock;
    this.#durable = { ...end };
    this.#appended = { ...end };
  }

  lastSeq(): number {
    return this.#durable.seq;
  }

  append(body: RunEventBody): void {
    if (this.#closed) return;
    if (this.#appended.bytes < LIMITS.eventLogBytesMax || ALWAYS_WRITTEN.has(body.kind))
      return this.#add(body);
    if (this.#full) return;
    this.#full = true;
    this.#add({
      kind: "note",
      text: "The record of this run has reached its limit. What follows is not recorded, apart from the ends of turns.",
    });
  }

  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  reader(after: number): EventReader {
    return logReader(this.#file, after, this.#durable);
  }

  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #add(body: RunEventBody): void {
    this.#appended.seq += 1;
    const event: RunEvent = { seq: this.#appended.seq, at: this.#clock.now(), body };
    const line = `${JSON.stringify(event)}\n`;
    this.#appended.bytes += Buffer.byteLength(line);
    this.#waiting.push(line);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      const text = Buffer.from(lines.join(""), "utf8");
      await writeDurably(this.#file, this.#durable.bytes, text, this.#clock);
      this.#durable.seq += lines.length;
      this.#durable.bytes += text.length;
      // Only now may anybody outside hear of it.
      for (const listener of this.#listeners) listener();
    }
    this.#writing = null;
  }
}

/** Writes at `position` and syncs. A disk that is full is tried again: what was said to be recorded must be. */
async function writeDurably(file: string, position: number, text: Buffer, clock: Clock): Promise<void> {
  for (let pauseMs: number = LIMITS.retryMsMin; ; pauseMs = Math.min(pauseMs * 2, LIMITS.retryMsMax)) {
    try {
      return await writeOnce(file, position, text);
    } catch {
      await clock.wait(pauseMs);
    }
  }
}

async function writeOnce(file: string, position: number, text: Buffer): Promise<void> {
  // Opened for each batch: a workstation keeps thousands of runs.
  const handle = await open(file, "a", 0o600);
  try {
    // A part that an earlier try left is taken back, so that this one begins at a line's beginning.
    await handle.truncate(position);
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function logReader(file: string, after: number, durable: Readonly<End>): EventReader {
  let position = 0;
  let seq = after;
  return {
    next: async () => {
      if (seq >= durable.seq) return [];
      const handle = await open(file, "r");
      try {
        while (seq < durable.seq) {
          const { events, bytes } = await readBatch(handle, position, durable.bytes);
          if (bytes === 0) return [];
          position += bytes;
          const fresh = events.filter((event) => event.seq > seq);
          const last = fresh.at(-1);
          if (last === undefined) continue;
          seq = last.seq;
          return fresh;
        }
        return [];
      } finally {
        await handle.close();
      }
    },
  };
}

async function readBatch(
  handle: FileHandle,
  position: number,
  end: number,
): Promise<{ events: RunEvent[]; bytes: number }> {
  for (let size = LIMITS.eventBatchBytesMax; size <= 2 * LIMITS.eventLogTailBytes; size *= 2) {
    const buffer = Buffer.alloc(Math.min(size, end - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    let lineEnd = 0;
    const events: RunEvent[] = [];
    while (events.length < LIMITS.eventBatchCountMax) {
      const next = buffer.subarray(0, bytesRead).indexOf(10, lineEnd);
      if (next < 0) break;
      const event = parseLine(buffer.toString("utf8", lineEnd, next));
      if (event !== null) events.push(event);
      lineEnd = next + 1;
    }
    if (lineEnd > 0) return { events, bytes: lineEnd };
  }
  return { events: [], bytes: 0 };
}

/** Cuts off what does not end in a whole, readable line. Answers where the log ends and its last number. */
async function repair(file: string): Promise<{ bytes: number; seq: number | null }> {
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const end = await wholeEnd(handle, size);
    if (end.bytes < size) await handle.truncate(end.bytes);
    return end;
  } finally {
    await handle.close();
  }
}

/** Looks for the last whole line from the end; further back where a lot is torn. */
async function wholeEnd(handle: FileHandle, size: number): Promise<{ bytes: number; seq: number | null }> {
  for (let length: number = LIMITS.eventLogTailBytes; ; length *= 4) {
    const from = Math.max(0, size - length);
    const tail = Buffer.alloc(size - from);
    await handle.read(tail, 0, tail.length, from);
    const found = lastWholeLine(tail);
    if (found !== null) return { bytes: from + found.end, seq: found.seq };
    if (from === 0) return { bytes: 0, seq: null };
  }
}

function lastWholeLine(tail: Buffer): { end: number; seq: number } | null {
  let end = tail.lastIndexOf(10) + 1;
  while (end > 0) {
    const start = end === 1 ? 0 : tail.lastIndexOf(10, end - 2) + 1;
    const event = parseLine(tail.toString("utf8", start, end - 1));
    if (event !== null) return { end, seq: event.seq };
    end = start;
  }
  return null;
}

function parseLine(line: string): RunEvent | null {
  try {
    return runEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
