/** When a person's devices stay silent (attack N3). Messages still arrive; they make no sound. */
import type { GateDatabase } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";

export interface QuietHours {
  /** Minutes of the day, in the time zone; `from` after `until` runs over midnight. */
  from: number;
  until: number;
  timeZone: string;
}

export interface QuietHoursStore {
  of(person: string): Promise<QuietHours | null>;
  /** Null takes them away. Throws Problem input.invalid for a time zone that is none. */
  set(person: string, hours: QuietHours | null): Promise<void>;
}

export function createQuietHours(db: GateDatabase): QuietHoursStore {
  return {
    of: async (person) =>
      await db.asNobody(async (tx) => {
        const row = await tx.gateQuietHours.findUnique({ where: { personId: person } });
        return row === null ? null : { from: row.fromMinute, until: row.untilMinute, timeZone: row.timeZone };
      }),
    set: async (person, hours) => {
      if (hours !== null && !isTimeZone(hours.timeZone))
        throw new Problem("input.invalid", { why: "there is no such time zone" });
      await db.asNobody(async (tx) => {
        await tx.gateQuietHours.deleteMany({ where: { personId: person } });
        if (hours === null) return;
        const { from, until, timeZone } = hours;
        await tx.gateQuietHours.create({
          data: { personId: person, fromMinute: from, untilMinute: until, timeZone },
        });
      });
    },
  };
}

/** Whether `at` (Unix ms) is within them. */
export function isQuiet(hours: QuietHours, at: number): boolean {
  const { from, until } = hours;
  const minute = minuteOfDay(at, hours.timeZone);
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

function minuteOfDay(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return read("hour") * 60 + read("minute");
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
