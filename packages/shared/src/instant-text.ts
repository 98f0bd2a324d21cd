/** An instant as people and agents write it. What it means in a time zone says schedule-times.ts, which the command line has no need of. */

/** Such as 06:00. */
export const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/u;
const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/u;

/** Whether it names an instant: with its offset, or by the time of day alone. */
export function namesInstant(text: string): boolean {
  return TIME_OF_DAY.test(text) || (WITH_OFFSET.test(text) && !Number.isNaN(Date.parse(text)));
}
