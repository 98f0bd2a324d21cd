/** Text with expressions in it: `weekly-${{ fire.date }}`. */
import {
  evaluate,
  type Expression,
  ExpressionError,
  parseExpression,
  type Surroundings,
  type Value,
} from "./expressions.ts";

export interface Template {
  /** Text and expressions in turn. */
  parts: (string | { expression: Expression; at: number })[];
}

/** Parses the text. Throws ExpressionError with the place in it. */
export function parseTemplate(text: string): Template {
  const parts: Template["parts"] = [];
  let at = 0;
  while (at < text.length) {
    const begin = text.indexOf("${{", at);
    if (begin < 0) break;
    const end = text.indexOf("}}", begin);
    if (end < 0) throw new ExpressionError("}} is missing", begin);
    if (begin > at) parts.push(text.slice(at, begin));
    parts.push({ expression: shifted(text.slice(begin + 3, end), begin + 3), at: begin + 3 });
    at = end + 2;
  }
  if (at < text.length || parts.length === 0) parts.push(text.slice(at));
  return { parts };
}

/** `if:` takes an expression with or without its braces. */
export function parseCondition(text: string): Expression {
  const bare = /^\s*\$\{\{(?<inside>[^]*)\}\}\s*$/u.exec(text)?.groups?.["inside"];
  return bare === undefined ? parseExpression(text) : shifted(bare, text.indexOf("${{") + 3);
}

function shifted(text: string, by: number): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpressionError(error.message, error.at + by);
    throw error;
  }
}

/** The text with its expressions' values; a lone expression keeps the kind of its value. */
export function fill(template: Template, surroundings: Surroundings): Value {
  const [first] = template.parts;
  if (template.parts.length === 1 && first !== undefined && typeof first !== "string")
    return evaluate(first.expression, surroundings);
  return template.parts
    .map((part) => (typeof part === "string" ? part : String(evaluate(part.expression, surroundings) ?? "")))
    .join("");
}
