/** What was typed, as a verb's arguments. */
import { readFileSync, statSync } from "node:fs";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { Field } from "./fields.ts";

/** Long names as people and repowire know them, for the verb's own. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  agent: "backend",
  repository: "path",
  locks: "lock",
  timeout_seconds: "timeout",
  budget_dollars: "budget",
};

/** `due_at` is typed `--due-at`. */
export function flagOf(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

/** Under which name commander hands over what was typed for `--flag`. */
export function typedName(flag: string): string {
  return flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Collects what was typed for these fields. What was not typed is left out: the verb knows its defaults. */
export function readArguments(
  fields: readonly Field[],
  positional: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  readInput: (file: string) => string = readInputFile,
): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const field of fields) {
    const file = options[typedName(`${flagOf(field.key)}-file`)];
    const other = OTHER_NAMES[field.key];
    const typed =
      positional[field.key] ??
      options[typedName(flagOf(field.key))] ??
      (other === undefined ? undefined : options[typedName(other)]);
    if (field.long && typeof file === "string") args[field.key] = readInput(file);
    else if (typed !== undefined) args[field.key] = valueOf(field, typed);
  }
  return args;
}

function valueOf(field: Field, typed: unknown): unknown {
  switch (field.kind) {
    case "text":
    case "flag":
    case "list":
      return typed;
    case "number":
      return String(typed).trim() === "" ? Number.NaN : Number(typed);
    case "object":
      return objectOf(field, String(typed));
    case "objects":
      return (Array.isArray(typed) ? typed : [typed]).map((text) => objectOf(field, String(text)));
    case "json":
      return json(field, String(typed));
  }
}

/** `gpu`, `gpu,capacity=2` or JSON: a part without a name is the first one. */
function objectOf(field: Field, text: string): unknown {
  if (text.startsWith("{")) return json(field, text);
  const made: Record<string, unknown> = {};
  for (const [index, part] of text.split(",").entries()) {
    const at = part.indexOf("=");
    const name = at === -1 ? field.parts[index] : part.slice(0, at);
    const value = at === -1 ? part : part.slice(at + 1);
    if (name !== undefined) made[name] = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return made;
}

function json(field: Field, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("input.invalid", { why: `--${flagOf(field.key)} is not JSON` }, { cause });
  }
}

const STDIN = 0;

/** The file's text; `-` is what comes in. */
function readInputFile(file: string): string {
  try {
    if (file !== "-" && statSync(file).size > LIMITS.inputFileBytesMax)
      throw new Problem("too-large", { what: file, limit: `${LIMITS.inputFileBytesMax} bytes` });
    return readFileSync(file === "-" ? STDIN : file, "utf8");
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("input.invalid", { why: `${file} cannot be read` }, { cause });
  }
}
