/** The whole of one tool call, put together from what was said of it: later words replace earlier ones. */
import { toolCall } from "@nightgate/shared/run-events";
import { z } from "zod";
import { limits } from "../../limits.ts";
import { cut } from "../../server/plain.ts";
import { type DiffLine, lineDiff } from "./line-diff.ts";

export interface ToolDetail {
  input: string;
  output: string;
  diffs: { path: string; isNew: boolean; lines: DiffLine[]; added: number; removed: number; cut: boolean }[];
}

const said = z.looseObject({ ...toolCall.shape }).partial();

/** Null when nothing was said. */
export function toolDetail(bodies: readonly unknown[]): ToolDetail | null {
  let found = false;
  const whole: {
    input: string;
    output: string;
    diffs: { path: string; before: string | null; after: string }[];
  } = { input: "", output: "", diffs: [] };
  for (const body of bodies) {
    const read = said.safeParse(body);
    if (!read.success) continue;
    found = true;
    whole.input = read.data.input ?? whole.input;
    whole.output = read.data.output ?? whole.output;
    whole.diffs = read.data.diffs ?? whole.diffs;
  }
  if (!found) return null;
  return {
    input: cut(readable(whole.input), limits.detailCharactersMax),
    output: cut(whole.output, limits.detailCharactersMax),
    diffs: whole.diffs.map((diff) => ({
      path: diff.path,
      isNew: diff.before === null,
      ...lineDiff(diff.before ?? "", diff.after, limits.diffLinesMax),
    })),
  };
}

/** A shell command as it was typed; any other input as indented JSON. */
function readable(input: string): string {
  try {
    const value: unknown = JSON.parse(input);
    if (
      typeof value === "object" &&
      value !== null &&
      "command" in value &&
      typeof value.command === "string"
    )
      return value.command;
    return JSON.stringify(value, null, 2);
  } catch {
    return input; // It was cut at a limit, or is no JSON: shown as it is.
  }
}
