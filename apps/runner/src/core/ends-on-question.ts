/** Whether an agent's last message asks something, and what it says of itself in a structured form. Used only where it did not say job_result. */
import { type Claim, claim } from "@nightgate/shared/verbs/human-verbs";

const QUESTION_CHARACTERS_MAX = 4_000;
const CHOICES_MAX = 10;
const LIST_ITEM = /^\s*(?:[-*•]|\(?(?:\d{1,2}|[A-Za-z])[.)])\s+(?<text>\S.*)$/u;

/** The question that the message ends on, with the choices that it lists; null where it ends on a statement. */
export function endsOnQuestion(message: string): { text: string; choices: string[] } | null {
  const lines = message.trimEnd().split("\n");
  if (isQuestion(lines.at(-1) ?? "")) return { text: tail(message), choices: [] };
  // A list of choices may follow its question.
  const choices: string[] = [];
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const item = LIST_ITEM.exec(line)?.groups?.["text"];
    if (item !== undefined) choices.unshift(plain(item).slice(0, 200));
    else if (line.trim() !== "")
      return choices.length > 0 && isQuestion(line)
        ? { text: tail(message), choices: choices.slice(0, CHOICES_MAX) }
        : null;
  }
  return null;
}

function isQuestion(line: string): boolean {
  return /[?？؟]$/u.test(plain(line));
}

/** Without what markdown puts around it. */
function plain(line: string): string {
  return line.trim().replace(/^[#>*_`~\s]+|[*_`~"'”’)\]\s]+$/gu, "");
}

function tail(message: string): string {
  const text = message.trim();
  return text.length <= QUESTION_CHARACTERS_MAX ? text : `… ${text.slice(-QUESTION_CHARACTERS_MAX)}`;
}

/** A last message that is, or ends on, a JSON object with `status` and `summary`: the same as job_result. Null for any other. */
export function structuredResult(message: string): Claim | null {
  const text = message.trim();
  const fenced = /```(?:json)?\s*\n(?<body>\{[\s\S]*\})\s*\n```$/u.exec(text)?.groups?.["body"];
  const body = fenced ?? (text.startsWith("{") && text.endsWith("}") ? text : null);
  if (body === null) return null;
  try {
    return claim.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null; // Braces, but no JSON: an ordinary message.
  }
}
