/** Who asks for a verb, and what carries it out. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { Verb } from "@nightgate/shared/verbs/verb";
import type { z } from "zod";

/** An agent (`workstation`) or a person (`person` and `role`): exactly one of them. */
export interface VerbCaller {
  organization: string;
  /** By the socket that the call came in on (invariant 1). */
  workstation: string | null;
  /** A run of that workstation, by the word of whoever is inside. */
  run: string | null;
  person: string | null;
  role: string | null;
  /** The id of this call. A handler that is asked again while it waits keys by it what it writes. */
  call: string;
}

export interface Answered<Result> {
  result: Result;
  /** Runs that have news. */
  touched?: string[];
  /** Runs whose turn is to be ended. */
  interrupted?: string[];
  /** Nothing to tell yet: it is asked again when something has happened, until `wait_seconds` are over; then this result counts. */
  pending?: boolean;
}

/** Carries out a verb inside one transaction. Throws the Problem of what cannot be done; nothing is kept then. */
export type VerbHandler<Args, Result> = (
  tx: JobsTransaction,
  caller: VerbCaller,
  args: Args,
  now: Date,
) => Promise<Answered<Result>>;

/** The handlers of a topic: one for each of its verbs. */
export type Handlers<Topic extends Readonly<Record<string, Verb>>> = {
  [Name in keyof Topic]: VerbHandler<z.output<Topic[Name]["args"]>, z.input<Topic[Name]["result"]>>;
};
