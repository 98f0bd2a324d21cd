/** Small steps on the way from a row to plain JSON. */
import { limits } from "../limits.ts";

/** The text, cut at a limit, with a mark that says so. */
export function cut(text: string, max: number = limits.messageCharactersMax): string {
  return text.length <= max
    ? text
    : `${text.slice(0, max)} … (${(text.length - max).toLocaleString("en-US")} more characters)`;
}

/** Milliseconds since the epoch, or null. */
export function milliseconds(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
