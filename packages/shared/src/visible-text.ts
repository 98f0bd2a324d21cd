/**
 * Makes text that somebody else chose safe to look at: control, bidirectional and invisible characters become escapes that a person can read.
 * Used wherever an agent's words, a path, a branch or a diff is shown or put into a notification (Unicode Technical Report 36, "Trojan Source").
 */

export interface VisiblePart {
  text: string;
  /** True where `text` is an escape such as U+202E that stands for a character which would not be seen. */
  escape: boolean;
}

/** Everything that draws nothing, moves what is beside it, or looks like an ordinary space and is none. Tab and newline are handled apart. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u00a0\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** Splits `text` into what can be shown and escapes. `keep` names characters that the caller lays out itself (tab, newline). */
export function visibleParts(text: string, keep = ""): VisiblePart[] {
  // Nearly every line of code: nothing to look for.
  if (PLAIN.test(text)) return text === "" ? [] : [{ text, escape: false }];
  const parts: VisiblePart[] = [];
  let plain = "";
  for (const character of text) {
    if (keep.includes(character) || !UNSEEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== "") parts.push({ text: plain, escape: false });
    plain = "";
    parts.push({ text: escapeOf(character), escape: true });
  }
  if (plain !== "") parts.push({ text: plain, escape: false });
  return parts;
}

/** The same as one string, with escapes in angle brackets: "main\u202Egpj" becomes "main⟨U+202E⟩gpj". */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => (part.escape ? `⟨${part.text}⟩` : part.text))
    .join("");
}

const NAMED: Record<string, string> = {
  "\t": "TAB",
  "\n": "LF",
  "\r": "CR",
  "\0": "NUL",
  "\u001b": "ESC",
  "\b": "BS",
};

function escapeOf(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
