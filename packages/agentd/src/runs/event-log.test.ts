import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import type { RunEvent } from "@nightgate/shared/run-events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EventLog, openEventLog } from "./event-log.ts";

let folder: string;
let file: string;
let log: EventLog;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-log-"));
  file = join(folder, "run/events.jsonl");
  log = await openEventLog(file, systemClock);
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

const note = (text: string): { kind: "note"; text: string } => ({ kind: "note", text });
const all = async (after = 0): Promise<RunEvent[]> => {
  const reader = log.reader(after);
  const found: RunEvent[] = [];
  for (let events = await reader.next(); events.length > 0; events = await reader.next())
    found.push(...events);
  return found;
};
const texts = (events: RunEvent[]): string[] =>
  events.map(({ body }) => (body.kind === "note" ? body.text : body.kind));

test("numbers from 1, reads from any offset, and goes on numbering when it is opened again", async () => {
  for (const text of ["one", "two", "three"]) log.append(note(text));
  await log.flush();
  expect((await all()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(texts(await all(2))).toEqual(["three"]);
  await log.close();
  log = await openEventLog(file, systemClock);
  log.append(note("four"));
  await log.flush();
  expect((await all()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

test("nothing is read before it is on disk", async () => {
  let told = 0;
  log.onDurable(() => (told += 1));
  log.append(note("one"));
  expect(await all()).toEqual([]);
  expect(log.lastSeq()).toBe(0);
  await log.flush();
  expect({ told, texts: texts(await all()) }).toEqual({ told: 1, texts: ["one"] });
});

test.each([
  ["half a line", '{"seq":3,"at":1,"bo'],
  ["a line of something else", '{"seq":"three"}\n'],
  ["a line and a half", 'garbage\n{"seq":'],
  ["NUL bytes, as after a power cut", "\0\0\0\0"],
])("invariant 10: a torn end (%s) is cut off, and nothing before it", async (_, torn) => {
  for (const text of ["one", "two"]) log.append(note(text));
  await log.close();
  appendFileSync(file, torn);
  log = await openEventLog(file, systemClock);
  expect(log.lastSeq()).toBe(2);
  log.append(note("three"));
  await log.flush();
  expect(texts(await all())).toEqual(["one", "two", "three"]);
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
});

test("invariant 10: cut at any byte, what is left is whole events in order", async () => {
  for (let number = 1; number <= 5; number += 1) log.append(note(`event ${number}`));
  await log.close();
  const whole = readFileSync(file);
  for (let size = whole.length; size >= 0; size -= 7) {
    truncateSync(file, size);
    log = await openEventLog(file, systemClock);
    const left = await all();
    expect(left.map(({ seq }) => seq)).toEqual(left.map((_, index) => index + 1));
    expect(log.lastSeq()).toBe(left.length);
    await log.close();
  }
  expect(statSync(file).size).toBe(0);
});

test("a log that is made anew goes on after what the runner has", async () => {
  await log.close();
  rmSync(file);
  log = await openEventLog(file, systemClock, 58);
  log.append(note("after the loss"));
  await log.flush();
  expect((await all(57)).map(({ seq }) => seq)).toEqual([58]);
});

test("lines longer than a batch are read whole", async () => {
  const long = "x".repeat(200_000);
  for (let number = 0; number < 12; number += 1) log.append(note(`${number}${long}`));
  await log.flush();
  expect((await all()).map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
});
