/**
 * The night of an organization: the hours of its zone in which runs begin and resume, and what all of them may cost together. A night is
 * named by the day on which it begins. Without a window it goes from noon to noon, and only its budget counts.
 */
export interface NightRules {
  timeZone: string;
  /** Minutes after midnight; both null is without a window. */
  startsAt: number | null;
  endsAt: number | null;
  wrapUpMinutes: number;
  budgetDollars: number | null;
  extraDollars: number;
  /** The night that the extra belongs to. */
  extraNight: string | null;
}

export interface NightHours {
  /** `closing`: nothing begins any more, and those at work are asked to wrap up. */
  state: "open" | "closing" | "closed";
  /** Its first day, such as 2026-11-21. Between two nights: that of the one to come. */
  name: string;
  opensAt: Date | null;
  closesAt: Date | null;
}

export interface NightNow extends NightHours {
  /** Over its budget: what was spent, and what it may be. Null while it is not. */
  over: { spent: number; limit: number } | null;
}

const NOON = 12 * 60;
const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

/** What the clock of the organization's zone says of `now`. */
export function nightHours(rules: NightRules, now: Date): NightHours {
  const { date, minute } = localTime(now, rules.timeZone);
  const { startsAt, endsAt, wrapUpMinutes } = rules;
  if (startsAt === null || endsAt === null)
    return { state: "open", name: minute >= NOON ? date : dayBefore(date), opensAt: null, closesAt: null };
  const sinceStart = (minute - startsAt + DAY_MINUTES) % DAY_MINUTES;
  const length = (endsAt - startsAt + DAY_MINUTES) % DAY_MINUTES;
  const isInside = sinceStart < length;
  const name = isInside && minute < startsAt ? dayBefore(date) : date;
  if (!isInside) return { state: "closed", name, opensAt: at(now, DAY_MINUTES - sinceStart), closesAt: null };
  const left = length - sinceStart;
  const state = left <= wrapUpMinutes ? "closing" : "open";
  return { state, name, opensAt: null, closesAt: at(now, left) };
}

/** What a night may cost in all. */
export function nightLimit(rules: NightRules, name: string): number | null {
  if (rules.budgetDollars === null) return null;
  return rules.budgetDollars + (rules.extraNight === name ? rules.extraDollars : 0);
}

/** From when on a night's calls count: the beginning of its window, or noon. Seen from `now`, which is in it. */
export function nightBegan(rules: NightRules, now: Date): Date {
  const { minute } = localTime(now, rules.timeZone);
  const since = (minute - (rules.startsAt ?? NOON) + DAY_MINUTES) % DAY_MINUTES;
  return at(now, -since);
}

/** On the full minute. Where clocks change in between it is off by that hour; it is asked again before it matters. */
function at(now: Date, minutes: number): Date {
  return new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS);
}

function localTime(now: Date, timeZone: string): { date: string; minute: number } {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "0";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    minute: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) - DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10);
}
