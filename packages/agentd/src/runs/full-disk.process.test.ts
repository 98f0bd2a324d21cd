// A workstation's home that is really full (a small tmpfs): what happened meanwhile is recorded whole, in order, once there is room.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import type { RunEvent } from "@nightgate/shared/run-events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventLog, openEventLog } from "./event-log.ts";
import { isFull, onceThereIsRoom } from "./full-disk.ts";
import { readRunRecord, type RunRecord, writeRunRecord } from "./run-record.ts";

const isRoot = process.getuid?.() === 0;
let folder: string;

describe.runIf(isRoot)("a full disk", () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nightgate-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]);
  });
  afterEach(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });

  function fill(): () => void {
    const file = join(folder, "filler");
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(file, Buffer.alloc(bavail * bsize));
    return () => rmSync(file);
  }

  const texts = async (log: EventLog): Promise<string[]> => {
    const reader = log.reader(0);
    const found: RunEvent[] = [];
    for (let events = await reader.next(); events.length > 0; events = await reader.next())
      found.push(...events);
    expect(found.map(({ seq }) => seq)).toEqual(found.map((_, index) => index + 1));
    return found.map(({ body }) => (body.kind === "note" ? body.text : body.kind));
  };

  test("invariant 10: events that came while it was full are all there, numbered on, and nobody heard of them before", async () => {
    const log = await openEventLog(join(folder, "run/events.jsonl"), systemClock);
    const long = "x".repeat(6_000);
    log.append({ kind: "note", text: "before" });
    await log.flush();
    const free = fill();
    for (const text of [`1${long}`, `2${long}`, "3"]) log.append({ kind: "note", text });
    await systemClock.wait(300);
    expect(log.lastSeq()).toBe(1);
    expect(await texts(log)).toEqual(["before"]);
    free();
    await log.flush();
    expect(await texts(log)).toEqual(["before", `1${long}`, `2${long}`, "3"]);
    await log.close();
  });

  test("a record is kept as it was while it is full, and replaced once there is room", async () => {
    const file = join(folder, "run/record.json");
    const record: RunRecord = {
      run: "run_aaaaaaaaaaaa",
      agent: "claude",
      session: null,
      repository: null,
      folder: null,
      live: false,
      firstSeq: 1,
      acked: 0,
      commands: [],
      prompts: [],
      waiting: [],
    };
    await writeRunRecord(file, record);
    const free = fill();
    const changed = { ...record, prompts: ["p".repeat(8_000)] };
    await expect(writeRunRecord(file, changed)).rejects.toSatisfy(isFull);
    expect(await readRunRecord(file)).toEqual(record);
    const saved = onceThereIsRoom(systemClock, async () => await writeRunRecord(file, changed));
    free();
    await saved;
    expect(await readRunRecord(file)).toEqual(changed);
  });
});
