/** Times in words, short enough for a column. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "now", "5 min ago", "in 3 h", "2 d ago", or the date when it is further than a week. Milliseconds since the epoch. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < MINUTE) return at > now + 1_000 ? "in a moment" : "now";
  if (distance >= 7 * DAY)
    return new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const amount =
    distance < HOUR
      ? `${Math.floor(distance / MINUTE)} min`
      : distance < DAY
        ? `${Math.floor(distance / HOUR)} h`
        : `${Math.floor(distance / DAY)} d`;
  return at > now ? `in ${amount}` : `${amount} ago`;
}

/** "8 s", "3 min 20 s", "2 h 05 min". Milliseconds. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")} min`;
}

/** "812", "12.4k", "1.3M". */
export function short(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** "512 MB", "4 GB", "1.5 GB": binary multiples, as container engines count memory. */
export function bytes(count: number): string {
  const mib = count / 1024 ** 2;
  if (mib < 1024) return `${Math.round(mib)} MB`;
  const gib = mib / 1024;
  return `${Number.isInteger(gib) ? gib : gib.toFixed(1)} GB`;
}
