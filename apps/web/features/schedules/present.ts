/** Times of schedules in words. Pure. */
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const NICKNAMES: Record<string, string> = {
  "@hourly": "every hour",
  "@daily": "every day at 00:00",
  "@midnight": "every day at 00:00",
  "@weekly": "every Sunday at 00:00",
  "@monthly": "on day 1 of every month at 00:00",
  "@yearly": "once a year, on 1 January at 00:00",
  "@annually": "once a year, on 1 January at 00:00",
};

/** A common expression in words; null for one that only its own fields say well. */
export function cronWords(cron: string): string | null {
  const nickname = NICKNAMES[cron.toLowerCase()];
  if (nickname !== undefined) return nickname;
  const hourly = /^(\S+) \* \* \* \*$/u.exec(cron)?.[1];
  if (hourly !== undefined) return withinHours(hourly);
  const daily = /^(\d{1,2}) (\d{1,2}) (\S+) \* (\S+)$/u.exec(cron);
  if (daily === null) return null;
  const [minute, hour, day, weekday] = daily.slice(1).map(String) as [string, string, string, string];
  const days = dayWords(day, weekday);
  return days === null ? null : `${days} at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
}

function withinHours(minute: string): string | null {
  const every = /^\*\/(\d{1,2})$/u.exec(minute)?.[1];
  if (every !== undefined) return 60 % Number(every) === 0 ? `every ${Number(every)} minutes` : null;
  return /^\d{1,2}$/u.test(minute) ? `every hour at :${minute.padStart(2, "0")}` : null;
}

function dayWords(day: string, weekday: string): string | null {
  if (day !== "*")
    return weekday === "*" && /^\d{1,2}$/u.test(day) ? `on day ${Number(day)} of every month` : null;
  if (weekday === "*") return "every day";
  if (weekday === "1-5") return "Monday to Friday";
  return /^[0-7]$/u.test(weekday) ? `every ${DAYS[Number(weekday)]}` : null;
}

/** True where an expression says seconds: it has a sixth field in front. */
export function hasSeconds(cron: string | null): boolean {
  return cron !== null && cron.trim().split(/\s+/u).length === 6;
}

/** "Sun 22 Nov 2026, 07:30" as clocks in `timeZone` have it; with seconds where they are asked for. */
export function instantWords(at: Date, timeZone: string, withSeconds = false): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds && { second: "2-digit" }),
    hourCycle: "h23",
  }).format(at);
}
