/** Characters that a reviewer cannot see or that change the order of what is seen (CVE-2021-42574, "Trojan Source"). */

/** Controls, format characters (bidirectional controls, zero-width, tags), line separators, and letters that draw nothing. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\u115f\u1160\u2028\u2029\u3164\uffa0]|\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d|\u180f/u;

/** A picture with its modifiers: the joiners inside it are seen as what they make. */
const EMOJI = /\p{Extended_Pictographic}(\u200d\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})*/gu;

/** True if `text` has such a character in it. Tab and newline are seen. */
export function hasInvisible(text: string): boolean {
  const rest = text.replaceAll("\t", "").replaceAll("\n", "");
  return INVISIBLE.test(rest) && INVISIBLE.test(rest.replace(EMOJI, ""));
}
