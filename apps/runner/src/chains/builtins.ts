/** Work that the runner does itself, without a workstation's help and without a model: by name, inside one transaction. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { BuiltinWork } from "./job-work.ts";

export interface BuiltinAsked {
  organization: string;
  /** The run that does it: the source of what it changes. */
  run: string;
  with: BuiltinWork["with"];
  now: Date;
}

export interface BuiltinDone {
  /** What it has done, in words. */
  result: string;
  /** What is left for an agent: it is asked in a run of its own, and the job is over when that is. */
  prompt: string | null;
}

/** A Problem fails the run; nothing of it is kept then. */
export type Builtin = (tx: JobsTransaction, asked: BuiltinAsked) => Promise<BuiltinDone>;

export type Builtins = Readonly<Record<string, Builtin>>;

/** The builtin of this name. Problem `builtin.failed` where this runner has none. */
export function builtinNamed(builtins: Builtins, name: string): Builtin {
  const found = builtins[name];
  if (found === undefined)
    throw new Problem("builtin.failed", { builtin: name, why: "this runner does not know it" });
  return found;
}
