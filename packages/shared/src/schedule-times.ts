/**
 * When a schedule fires. Five-field cron (a sixth in front for seconds), `@daily` and kin, in an IANA time zone.
 * Where clocks change: a time that does not exist fires once, at the first instant that does; a time that exists twice fires once,
 * unless the expression fires more often than hourly. Web shows with this what the runner does with it.
 */
import { Cron } from "croner";
import { namesInstant, TIME_OF_DAY } from "./instant-text.ts";
import { Problem } from "./problems.ts";

/** Throws Problem `schedule.invalid` with what is wrong and where. */
export function checkSchedule(cron: string, timeZone: string): void {
  parse(cron, timeZone);
}

/** The next `count` instants after `after`, fewer where the expression ends. */
export function nextFires(cron: string, timeZone: string, after: Date, count: number): Date[] {
  return parse(cron, timeZone).nextRuns(count, after);
}

/**
 * The instants from `from` (inclusive) to `to` (inclusive): what was missed while nobody looked. The newest `max` of them, found from the
 * end: a clock that was a year behind has missed 31 million of what fires every second.
 */
export function firesBetween(cron: string, timeZone: string, from: Date, to: Date, max: number): Date[] {
  const parsed = parse(cron, timeZone);
  const all = firesFrom(parsed, from, to, 2 * max);
  if (all !== null) return all.slice(-max);
  // Only where to begin: the instants themselves are always counted forwards, so that where clocks change they are those that fire.
  const near = parsed.previousRuns(max, new Date(to.getTime() + 1)).at(-1) ?? from;
  return (firesFrom(parsed, near, to, 2 * max) ?? []).slice(-max);
}

/** Null where there are more than `max`. */
function firesFrom(cron: Cron, from: Date, to: Date, max: number): Date[] | null {
  const fires: Date[] = [];
  let next = cron.nextRun(new Date(from.getTime() - 1));
  while (next !== null && next <= to) {
    if (fires.length === max) return null;
    fires.push(next);
    next = cron.nextRun(next);
  }
  return fires;
}

/**
 * The instant that is meant: `2026-11-22T06:00:00+01:00`, or `06:00` for the next time that clocks in `timeZone` show it after `now`;
 * where clocks change, as for a schedule. Throws Problem `schedule.invalid` for anything else.
 */
export function instantOf(text: string, timeZone: string, now: Date): Date {
  const [, hour, minute] = TIME_OF_DAY.exec(text) ?? [];
  const [next] =
    hour === undefined || minute === undefined
      ? [namesInstant(text) ? new Date(text) : undefined]
      : nextFires(`${Number(minute)} ${Number(hour)} * * *`, timeZone, now, 1);
  if (next !== undefined) return next;
  throw new Problem("schedule.invalid", { why: `${JSON.stringify(text)} is no instant` });
}

function parse(cron: string, timeZone: string): Cron {
  if (!isKnownZone(timeZone))
    throw new Problem("schedule.invalid", { why: `there is no time zone ${JSON.stringify(timeZone)}` });
  try {
    const parsed = new Cron(cron, { timezone: timeZone, paused: true });
    if (parsed.nextRun() === null && parsed.nextRun(new Date(0)) === null)
      throw new Problem("schedule.invalid", { why: `${JSON.stringify(cron)} never fires` });
    return parsed;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const why = error instanceof Error ? error.message.replace(/^Cron\w+: /u, "") : String(error);
    throw new Problem(
      "schedule.invalid",
      { why: `${JSON.stringify(cron)} cannot be read: ${why}` },
      { cause: error },
    );
  }
}

/** By asking for it: links such as US/Pacific are known to the runtime, but not listed. */
function isKnownZone(timeZone: string): boolean {
  if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*$/u.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone }).format();
    return true;
  } catch {
    return false;
  }
}
