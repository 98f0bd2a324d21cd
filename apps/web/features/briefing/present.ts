/** When a night was, and when it is morning. Pure. */
const HOUR_MS = 3_600_000;
/** What is told in the morning began at most so long before. */
const NIGHT_HOURS = 14;
const MORNING_FROM = 4;
const MORNING_TO = 12;

/** The beginning of the night that ends now. */
export function nightBegan(now: number): number {
  return now - NIGHT_HOURS * HOUR_MS;
}

/** True where it is morning: then home opens with what the night has brought. */
export function isMorning(now: number, timeZone: string): boolean {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(now),
  );
  return hour >= MORNING_FROM && hour < MORNING_TO;
}
