/**
 * Makes characters visible that change how text around them looks or that cannot be seen at all: control characters, bidirectional marks, invisible ones.
 * What an agent wrote must not be able to look like something else (CVE-2021-42574, "Trojan Source").
 */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for here.
const HIDDEN =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\u3164\uFEFF\uFFA0]/g;

/** The text with each of them as ‹U+202E›. */
export function visibleText(text: string): string {
  return text.replace(
    HIDDEN,
    (character) => `‹U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`,
  );
}
