/**
 * The expressions of a chain, `${{ fire.weekday == 'sun' && 'synthesise' || 'prune' }}`: the operators and functions of GitHub Actions
 * that a night needs, and nothing that runs code. Parsed when the chain is read, so that a slip is found before the night.
 */
export type Value = string | number | boolean | null;

export type Expression =
  | { kind: "value"; value: Value }
  /** For example `fire.weekday`. */
  | { kind: "name"; path: string; at: number }
  | { kind: "call"; name: StatusFunction }
  | { kind: "not"; of: Expression }
  | { kind: "binary"; operator: Operator; left: Expression; right: Expression };

const STATUS_FUNCTIONS = ["always", "success", "failure"] as const;
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number];
/** By how strongly they bind, the weakest first. */
const OPERATORS = [["||"], ["&&"], ["==", "!="], ["<=", ">=", "<", ">"]] as const;
type Operator = (typeof OPERATORS)[number][number];

export interface Surroundings {
  /** The value of a name, or undefined where there is none. */
  lookUp(path: string): Value | undefined;
  /** Whether the jobs that are needed ended in a way that the function asks for. */
  status(name: StatusFunction): boolean;
}

export class ExpressionError extends Error {
  /** Characters from the beginning of the text. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const DEPTH_MAX = 50;
const TOKEN =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<number>-?\d+(?:\.\d+)?)|(?<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|(?<sign>\|\||&&|==|!=|<=|>=|<|>|!|\(|\)))/suy;

interface Token {
  kind: "text" | "number" | "name" | "sign" | "end";
  text: string;
  at: number;
}

/** Parses what stands between `${{` and `}}`. Throws ExpressionError that says what is wrong and where. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  const parsed = new Parser(tokens).whole();
  return parsed;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      const start = at + (/^\s*/u.exec(text.slice(at))?.[0].length ?? 0);
      throw new ExpressionError(`${JSON.stringify(text[start] ?? "")} is not understood here`, start);
    }
    const groups = match.groups ?? {};
    const kind =
      (["text", "number", "name", "sign"] as const).find((name) => groups[name] !== undefined) ?? "sign";
    const found = groups[kind] ?? "";
    tokens.push({ kind, text: found, at: TOKEN.lastIndex - found.length });
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

class Parser {
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const parsed = this.#binary(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw new ExpressionError(`${rest.text} was not expected here`, rest.at);
    return parsed;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #binary(level: number): Expression {
    const operators = OPERATORS[level];
    if (operators === undefined) return this.#single();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const operator = operators.find((candidate) => candidate === token.text);
      if (token.kind !== "sign" || operator === undefined) return left;
      this.#take();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #single(): Expression {
    this.#depth += 1;
    const token = this.#take();
    if (this.#depth > DEPTH_MAX) throw new ExpressionError("it is nested too deeply", token.at);
    try {
      return this.#singleOf(token);
    } finally {
      this.#depth -= 1;
    }
  }

  #singleOf(token: Token): Expression {
    if (token.kind === "text") return { kind: "value", value: token.text.slice(1, -1).replaceAll("''", "'") };
    if (token.kind === "number") return { kind: "value", value: Number(token.text) };
    if (token.kind === "name") return this.#named(token);
    if (token.text === "!") return { kind: "not", of: this.#single() };
    if (token.text === "(") {
      const inside = this.#binary(0);
      this.#expect(")");
      return inside;
    }
    throw new ExpressionError(
      token.kind === "end" ? "it ends too early" : `${token.text} was not expected here`,
      token.at,
    );
  }

  #named({ text, at }: Token): Expression {
    if (text === "true" || text === "false") return { kind: "value", value: text === "true" };
    if (text === "null") return { kind: "value", value: null };
    if (this.#peek().text !== "(") return { kind: "name", path: text, at };
    this.#take();
    this.#expect(")");
    const name = STATUS_FUNCTIONS.find((candidate) => candidate === text);
    if (name === undefined)
      throw new ExpressionError(
        `there is no function ${text}(); there are ${STATUS_FUNCTIONS.map((each) => `${each}()`).join(", ")}`,
        at,
      );
    return { kind: "call", name };
  }

  #expect(sign: string): void {
    const token = this.#take();
    if (token.text !== sign) throw new ExpressionError(`${sign} is missing`, token.at);
  }
}

/** Every name in it, to be checked before the night. */
export function namesIn(expression: Expression): { path: string; at: number }[] {
  switch (expression.kind) {
    case "name":
      return [expression];
    case "not":
      return namesIn(expression.of);
    case "binary":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "value":
    case "call":
      return [];
  }
}

/** True where it says itself when to begin, whatever became of the jobs that are needed: it calls a status function. */
export function asksForStatus(expression: Expression): boolean {
  switch (expression.kind) {
    case "call":
      return true;
    case "not":
      return asksForStatus(expression.of);
    case "binary":
      return asksForStatus(expression.left) || asksForStatus(expression.right);
    case "value":
    case "name":
      return false;
  }
}

/** Its value. `&&` and `||` answer an operand, as in JavaScript; comparisons of unlike kinds are false. A name without a value is null. */
export function evaluate(expression: Expression, surroundings: Surroundings): Value {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "name":
      return surroundings.lookUp(expression.path) ?? null;
    case "call":
      return surroundings.status(expression.name);
    case "not":
      return !isTrue(evaluate(expression.of, surroundings));
    case "binary":
      return binary(expression, surroundings);
  }
}

function binary(
  { operator, left, right }: Extract<Expression, { kind: "binary" }>,
  surroundings: Surroundings,
): Value {
  const one = evaluate(left, surroundings);
  if (operator === "&&") return isTrue(one) ? evaluate(right, surroundings) : one;
  if (operator === "||") return isTrue(one) ? one : evaluate(right, surroundings);
  const other = evaluate(right, surroundings);
  switch (operator) {
    case "==":
      return one === other;
    case "!=":
      return one !== other;
    default:
      return compare(one, operator, other);
  }
}

function compare(one: Value, operator: "<" | ">" | "<=" | ">=", other: Value): boolean {
  if (typeof one !== typeof other || (typeof one !== "number" && typeof one !== "string")) return false;
  const [left, right] = [one, other as typeof one];
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
  }
}

/** Empty text, zero, false and null are not. */
export function isTrue(value: Value): boolean {
  return value !== "" && value !== 0 && value !== false && value !== null;
}
