/**
 * When a schedule fires. Five-field cron (a sixth in front for seconds), `@daily` and kin, in an IANA time zone.
 * Where clocks change: a time that does not exist fires once, at the first instant that does; a time that exists twice fires once,
 * unless the expression fires more often than hourly. Web shows with this what the runner does with it.
 */
import { Cron } from "croner";
import { Problem } from "./problems.ts";

/** Throws Problem `schedule.invalid` with what is wrong and where. */
export function checkSchedule(cron: string, timeZone: string): void {
  parse(cron, timeZone);
}

/** The next `count` instants after `after`, fewer where the expression ends. */
export function nextFires(cron: string, timeZone: string, after: Date, count: number): Date[] {
  return parse(cron, timeZone).nextRuns(count, after);
}

/** The instants from `from` (inclusive) to `to` (inclusive): what was missed while nobody looked. The newest `max` of them. */
export function firesBetween(cron: string, timeZone: string, from: Date, to: Date, max: number): Date[] {
  const parsed = parse(cron, timeZone);
  const fires: Date[] = [];
  let next = parsed.nextRun(new Date(from.getTime() - 1));
  while (next !== null && next <= to) {
    fires.push(next);
    if (fires.length > max) fires.shift();
    next = parsed.nextRun(next);
  }
  return fires;
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
