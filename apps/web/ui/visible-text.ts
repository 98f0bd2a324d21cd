/**
 * Makes characters visible that change how text around them looks or that cannot be seen at all: control characters, bidirectional marks, invisible ones.
 * What an agent wrote must not be able to look like something else (CVE-2021-42574, "Trojan Source").
 */

/** First and last code unit of each range. Tab, line feed and carriage return are not among them. */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
];
const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;
const PATTERN = new RegExp(
  `[${HIDDEN.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join("")}]`,
  "g",
);

/** The text with each of them as ‹U+202E›. */
export function visibleText(text: string): string {
  return text.replace(
    PATTERN,
    (character) => `‹U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`,
  );
}
