/** All verbs, by name: the one table that the runner, the command line and both MCP servers share. */
import { z } from "zod";
import { chainVerbs } from "./chain-verbs.ts";
import { holdVerbs } from "./hold-verbs.ts";
import { humanVerbs } from "./human-verbs.ts";
import { jobVerbs } from "./job-verbs.ts";
import { lockVerbs } from "./lock-verbs.ts";
import { memoryVerbs } from "./memory-verbs.ts";
import { peerVerbs } from "./peer-verbs.ts";
import { scheduleVerbs } from "./schedule-verbs.ts";
import { selfVerbs } from "./self-verbs.ts";
import type { Verb } from "./verb.ts";

export const VERBS = {
  ...selfVerbs,
  ...jobVerbs,
  ...scheduleVerbs,
  ...humanVerbs,
  ...peerVerbs,
  ...memoryVerbs,
  ...chainVerbs,
  ...lockVerbs,
  ...holdVerbs,
};
export type VerbName = keyof typeof VERBS;

const BY_NAME: ReadonlyMap<string, Verb> = new Map<string, Verb>(Object.entries(VERBS));

/** The verb of this name, or null. */
export function findVerb(name: string): Verb | null {
  return BY_NAME.get(name) ?? null;
}

/** Those that `who` may use, in the order of the table. */
export function verbsFor(who: "agent" | "person"): [VerbName, Verb][] {
  return [...BY_NAME].filter(([, { who: whose }]) => whose === "both" || whose === who) as [VerbName, Verb][];
}

/** What is wrong with the arguments, naming each; null where nothing is. */
export function argumentFaults(verb: Verb, args: unknown): string | null {
  const parsed = verb.args.safeParse(args);
  if (parsed.success) return null;
  return parsed.error.issues
    .map(({ path, message }) => `${path.join(".") || "arguments"}: ${message}`)
    .join("; ");
}

const waits = z.looseObject({ wait_seconds: z.number().default(0) });

/** How long a call may wait: what its arguments say, or what the verb waits by itself. Nothing where they cannot be read. */
export function waitSecondsOf(name: string, args: unknown): number {
  const parsed = findVerb(name)?.args.safeParse(args);
  return parsed?.success === true ? waits.parse(parsed.data).wait_seconds : 0;
}

/** A tool of the Model Context Protocol, as both servers list it. */
export interface VerbTool {
  name: VerbName;
  title: string;
  description: string;
  inputSchema: { type: "object"; [key: string]: unknown };
  outputSchema: { type: "object"; [key: string]: unknown };
  annotations: {
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
}

const DESTROYS = /_(?:cancel|delete|forget)$/;

/** The verbs of `who` as tools. */
export function verbTools(who: "agent" | "person"): VerbTool[] {
  return verbsFor(who).map(([name, { summary, args, result, effect }]) => ({
    name,
    title: name.replaceAll("_", " "),
    description: summary,
    inputSchema: { ...z.toJSONSchema(args, { io: "input" }), type: "object" },
    outputSchema: { ...z.toJSONSchema(result, { io: "output" }), type: "object" },
    annotations: {
      readOnlyHint: effect === "read",
      destructiveHint: effect === "write" && DESTROYS.test(name),
      idempotentHint: effect === "read",
      openWorldHint: false,
    },
  }));
}
