/** Characters that a reviewer cannot see or that change the order of what is seen (CVE-2021-42574, "Trojan Source"). */

/** Bidirectional controls, zero-width characters, tag characters, fillers that draw nothing, and controls except tab and newline. */
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;

/** True if `text` has such a character in it. */
export function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}
