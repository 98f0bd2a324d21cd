/** A journal as a file: lines of JSON, only ever added to, each on disk before what relies on it happens. What the lines mean is their reader's. */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import type { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { createAppender, ensureFolder, syncFolder } from "./durable-file.ts";

export interface JournalFile<Line> {
  /** On disk when it returns, and told to `each`. Throws Problem disk.full, and then nothing of the line is left. */
  append(line: Line): void;
  close(): void;
}

export interface JournalFileOptions<Line> {
  path: string;
  schema: z.ZodType<Line>;
  /** For errors: "the dispatch journal". */
  name: string;
  /** Hears of every line, those that are there first. */
  each(line: Line): void;
}

/** Opens (and makes) it. A torn last line is cut off: its fsync never returned, so nothing had come of it. Throws Problem log.unusable for any other damage. */
export function openJournalFile<Line>(options: JournalFileOptions<Line>): JournalFile<Line> {
  const { path, each, name } = options;
  ensureFolder(dirname(path));
  const isNew = !existsSync(path);
  if (!isNew && statSync(path).size > LIMITS.journalBytesMax)
    throw new Problem("log.unusable", { why: `${name} is too large to read` });
  const bytes = isNew ? Buffer.alloc(0) : readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  for (const text of bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1))
    each(readLine(options, text));
  const file = openSync(path, "a", 0o600);
  if (whole < bytes.length) ftruncateSync(file, whole);
  fsyncSync(file);
  if (isNew) syncFolder(dirname(path));
  const write = createAppender(file);
  return {
    append: (line) => {
      write(`${JSON.stringify(line)}\n`);
      each(line);
    },
    close: () => closeSync(file),
  };
}

function readLine<Line>({ schema, name }: JournalFileOptions<Line>, text: string): Line {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem("log.unusable", { why: `${name} on the gate's disk is damaged` }, { cause });
  }
}
