/**
 * What an agent wrote, safe to look at: characters that are not seen, or that move what is around them, become escapes (packages/shared/visible-text).
 * Kept are line breaks and tabs, which are laid out here, and what ordinary typography and emoji are made of: nothing on these pages is signed.
 */
import { visibleParts } from "@nightgate/shared/visible-text";

/** Tab, line feed, carriage return, no-break spaces, thin space, the emoji joiner and the emoji style selector. */
const KEPT = "\t\n\r\u00a0\u202f\u2009\u200d\ufe0f";
const PLAIN = /^[\t\n\u0020-\u007e]*$/;

/** The text with each hidden character as ⟨U+202E⟩. */
export function visibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  return visibleParts(text, KEPT)
    .map((part) => (part.escape ? `⟨${part.text}⟩` : part.text))
    .join("");
}
