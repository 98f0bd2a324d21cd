/**
 * What can be asked of the runner, by an agent in a workstation or by a person: a verb with its arguments and its answer.
 * The command line and both MCP servers are made from these, so that nobody writes a tool's schema twice.
 */
import { z } from "zod";
import { namesInstant } from "../instant-text.ts";

export interface Verb<Args extends z.ZodObject = z.ZodObject, Result extends z.ZodObject = z.ZodObject> {
  /** One sentence, for people and models alike. */
  summary: string;
  /** Every field is described: the description is its help. */
  args: Args;
  result: Result;
  who: "agent" | "person" | "both";
  /** Viewers may only read. */
  effect: "read" | "write";
  /** Where it is on the command line, such as `jobs create`; null is not there. */
  command: string | null;
  /** Arguments that stand without a name on the command line, in order. */
  positional?: readonly (keyof z.input<Args> & string)[];
  /** Those of them that are typed as the name of the file with the text. */
  files?: readonly (keyof z.input<Args> & string)[];
  /** Inside a workstation and left out, it is the folder of the file that was named. */
  folder?: keyof z.input<Args> & string;
}

/** A verb with its own types. */
export function verb<Args extends z.ZodObject, Result extends z.ZodObject>(
  each: Verb<Args, Result>,
): Verb<Args, Result> {
  return each;
}

/** An instant as people and agents say it: with its offset, or as a time of day in some zone. */
export const instantText = z
  .string()
  .max(40)
  .refine(namesInstant, "is neither an instant with its offset nor a time such as 06:00");

/** Made by the asker: the same id answers the same, and does the work once. */
export const verbCallId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);

/** How long one call may wait for something to happen. Below the shortest time that a client of MCP waits for a tool (60 s). */
export const WAIT_SECONDS_MAX = 50;

/** The argument `wait_seconds` of verbs that wait. */
export const waitSeconds = z
  .int()
  .min(0)
  .max(WAIT_SECONDS_MAX)
  .default(0)
  .describe(`How long to wait for it, in seconds (at most ${WAIT_SECONDS_MAX}); 0 answers at once`);

/** A refusal as it travels: RFC 9457. */
export const verbProblem = z.object({
  type: z.string().max(200),
  title: z.string().max(200),
  status: z.int(),
  code: z.string().max(100),
  detail: z.string().max(4_000),
});
export type VerbProblem = z.infer<typeof verbProblem>;

/** What became of a call. */
export const verbOutcome = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), result: z.record(z.string(), z.unknown()) }),
  z.object({ ok: z.literal(false), problem: verbProblem }),
]);
export type VerbOutcome = z.infer<typeof verbOutcome>;
